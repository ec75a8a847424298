"""Many tenants in one statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from consentry.records.key import TenantKey
from consentry.store.overview import TenantCounts
from consentry.store.sql import tables
from consentry.store.sql.engine import Work

A, T = tables.authorization.c, tables.tenant.c


class SqlOverview:
    """`overview.Overview`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def counts(
        self, tenants: Sequence[UUID], *, now: datetime, most: int
    ) -> dict[UUID, TenantCounts]:
        """How many rows each has, see the port."""
        if not tenants:
            return {}
        async with self._work.reading() as session:
            found = await session.execute(counting(tenants, now=now, most=most))
            return {id: TenantCounts(*numbers) for id, *numbers in found}

    async def some_keys(self, limit: int) -> list[TenantKey]:
        """A few from the end of the primary key, see the port."""
        keys = tables.tenant_key.primary_key.columns
        query = sa.select(TenantKey).order_by(*(key.desc() for key in keys)).limit(limit)
        async with self._work.reading() as session:
            return list(await session.scalars(query))

    async def clock(self) -> datetime | None:
        """The database's own time, see the port."""
        if self._work.is_sqlite:
            return None
        async with self._work.reading() as session:
            found: datetime = (
                await session.execute(sa.select(sa.func.clock_timestamp()))
            ).scalar_one()
            return found


def counting(tenants: Sequence[UUID], *, now: datetime, most: int) -> sa.Select[Any]:
    """One row a tenant: id, users, clients, authorizations that count."""
    counts = sa.and_(A.revoked_at.is_(None), A.generation > 0, A.expires_at > now)
    authorizations = (
        sa.select(counts.label("counts"))
        .where(A.tenant_id == T.tenant_id)
        .order_by(A.id)
        .limit(most)
        .correlate(tables.tenant)
        .subquery()
    )
    return sa.select(
        T.tenant_id,
        _bounded(tables.end_user, tables.end_user.c.user_id, most),
        _bounded(tables.client, tables.client.c.client_id, most),
        sa.select(sa.func.count()).select_from(authorizations).where(authorizations.c.counts)
        .scalar_subquery(),
    ).where(T.tenant_id.in_(tenants))  # fmt: skip


def _bounded(table: sa.Table, key: sa.ColumnElement[Any], most: int) -> sa.ScalarSelect[int]:
    # The limit inside: counting a million rows to say «many» would take a second. In order of
    # the primary key: where one tenant holds most rows, PostgreSQL would otherwise expect to
    # meet enough of them early in a table that it then reads to its end for each other tenant.
    rows = (
        sa.select(sa.literal_column("1"))
        .select_from(table)
        .where(table.c.tenant_id == T.tenant_id)
        .order_by(key)
        .limit(most)
        .correlate(tables.tenant)
        .subquery()
    )
    return sa.select(sa.func.count()).select_from(rows).scalar_subquery()
