"""Numbers about a tenant and its clients."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from consentry.store.figures import Holdings, Span
from consentry.store.sql import tables
from consentry.store.sql.engine import Work

A, L, R, U = tables.authorization.c, tables.login.c, tables.refusal.c, tables.client_use.c


class SqlFigures:
    """`figures.Figures` of one tenant."""

    def __init__(self, work: Work, tenant_id: UUID) -> None:
        self._work, self._tenant = work, tenant_id

    async def last_used(self, client_ids: Sequence[str]) -> dict[str, datetime]:
        """When they last proved themselves, see the port."""
        query = sa.select(U.client_id, U.last_used_at).where(
            U.tenant_id == self._tenant, U.client_id.in_(client_ids)
        )
        found: dict[str, datetime] = {}
        async with self._work.reading() as session:
            for client_id, at in await session.execute(query):
                found[client_id] = max(at, found.get(client_id, at))
        return found

    async def refused(self, client_ids: Sequence[str], since: datetime) -> dict[str, int]:
        """How many refusals each has, see the port."""
        query = (
            sa.select(R.client_id, sa.func.count())
            .where(R.tenant_id == self._tenant, R.client_id.in_(client_ids), R.created_at >= since)
            .group_by(R.client_id)
        )
        async with self._work.reading() as session:
            return {client_id: count for client_id, count in await session.execute(query)}

    async def holdings(self, client_id: str, now: datetime) -> Holdings:
        """What counts now, see the port."""
        query = sa.select(sa.func.count(), sa.func.count(A.user_id.distinct())).where(
            A.tenant_id == self._tenant,
            A.client_id == client_id,
            A.revoked_at.is_(None),
            A.generation > 0,
            A.expires_at > now,
        )
        async with self._work.reading() as session:
            return Holdings(*(await session.execute(query)).one())

    async def sign_ins(self, spans: Sequence[Span], *, limit: int) -> tuple[list[int], int]:
        """How many signed in, see the port."""
        since = min(begin for begin, _ in spans)
        latest = (
            sa.select(L.created_at)
            .where(L.tenant_id == self._tenant, L.created_at >= since)
            .order_by(L.created_at.desc())
            .limit(limit)
            .subquery()
        )
        at = latest.c.created_at
        within = [sa.case((sa.and_(at >= begin, at < end), 1)) for begin, end in spans]
        query = sa.select(*map(sa.func.count, within), sa.func.count()).select_from(latest)
        async with self._work.reading() as session:
            *counts, looked_at = (await session.execute(query)).one()
            return counts, looked_at
