"""Clients of sessions that expired by themselves, told so where their tenant wants it."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from consentry.records.session_client import SessionClient
from consentry.store.sql import tables
from consentry.store.sql.deleting import Then
from consentry.store.sweeping import Farewell

C, T = tables.client.c, tables.tenant.c


def farewells(farewell: Farewell) -> Then:
    """Stores an effect for each client that hears of it, in the transaction in which it is
    forgotten: a session that somebody ended was forgotten then, and is not told twice."""

    async def tell(session: AsyncSession, gone: Sequence[Mapping[Any, Any]]) -> None:
        left = [SessionClient(**{column.name: one[column] for column in COLUMNS}) for one in gone]
        found = await session.execute(_hearing({(one.tenant_id, one.client_id) for one in left}))
        hearing = {(tenant_id, client_id) for tenant_id, client_id in found}
        told = [farewell(one) for one in left if (one.tenant_id, one.client_id) in hearing]
        if told:
            await session.execute(sa.insert(tables.outbox), [one.model_dump() for one in told])

    return tell


COLUMNS = tuple(tables.session_client.c)


def _hearing(keys: set[tuple[Any, str]]) -> sa.Select[Any]:
    """Those of some clients (tenant, client_id) that are called, of tenants that want it."""
    return (
        sa.select(C.tenant_id, C.client_id)
        .join(tables.tenant, T.tenant_id == C.tenant_id)
        .where(
            sa.tuple_(C.tenant_id, C.client_id).in_(keys),
            C.metadata["backchannel_logout_uri"].as_string().is_not(None),
            C.disabled_at.is_(None),
            T.disabled_at.is_(None),
            # As text: a value that is no boolean would end the sweep. SQLite writes 1.
            sa.cast(T.settings["logout_on_expiry"].as_string(), sa.String()).in_(("true", "1")),
        )
    )
