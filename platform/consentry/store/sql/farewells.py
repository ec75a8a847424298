"""Clients of sessions that expired by themselves, told so where their tenant wants it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from consentry.records.session_client import SessionClient
from consentry.store.sql import tables
from consentry.store.sql.deleting import Then
from consentry.store.sweeping import Farewell

C, S, T = tables.client.c, tables.session_client.c, tables.tenant.c


def farewells(farewell: Farewell) -> Then:
    """Stores an effect for each client that hears of it, in the transaction in which it is
    forgotten: a session that somebody ended was forgotten then, and is not told twice."""

    async def tell(session: AsyncSession, gone: Sequence[Mapping[Any, Any]]) -> None:
        wanting = set(await session.scalars(_wanting({one[S.tenant_id] for one in gone})))
        theirs = [one for one in gone if one[S.tenant_id] in wanting]
        if not theirs:
            return
        found = await session.execute(_called(wanting, {one[S.client_id] for one in theirs}))
        called = {(tenant_id, client_id) for tenant_id, client_id in found}
        told = [
            farewell(SessionClient(**{column.name: one[column] for column in S}))
            for one in theirs
            if (one[S.tenant_id], one[S.client_id]) in called
        ]
        if told:
            await session.execute(sa.insert(tables.outbox), [one.model_dump() for one in told])

    return tell


def _wanting(tenant_ids: Collection[UUID]) -> sa.Select[Any]:
    return sa.select(T.tenant_id).where(
        T.tenant_id.in_(tenant_ids),
        T.disabled_at.is_(None),
        # As text: a value that is no boolean would end the sweep. SQLite writes 1.
        sa.cast(T.settings["logout_on_expiry"].as_string(), sa.String()).in_(("true", "1")),
    )


def _called(tenant_ids: Collection[UUID], client_ids: Collection[str]) -> sa.Select[Any]:
    """Of these tenants and of these names, and perhaps of other pairs of them."""
    return sa.select(C.tenant_id, C.client_id).where(
        C.tenant_id.in_(tenant_ids),
        C.client_id.in_(client_ids),
        C.metadata["backchannel_logout_uri"].as_string().is_not(None),
        C.disabled_at.is_(None),
    )
