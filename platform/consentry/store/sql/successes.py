"""Requests that were served."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from consentry.records.transient import Success
from consentry.store.sql import tables
from consentry.store.sql.engine import Work

S = tables.success.c


class SqlSuccesses:
    """`successes.Successes` of one tenant."""

    def __init__(self, work: Work, tenant_id: UUID) -> None:
        self._work, self._tenant = work, tenant_id

    async def add(self, successes: Sequence[Success]) -> None:
        """Store them in one statement."""
        rows = [{**one.model_dump(), "tenant_id": self._tenant} for one in successes]
        async with self._work.session() as session:
            await session.execute(sa.insert(tables.success), rows)

    async def get(self, success_id: UUID) -> Success | None:
        """By id."""
        async with self._work.reading() as session:
            return await session.get(Success, (self._tenant, success_id))

    async def page(
        self, client_id: str, *, before: tuple[datetime, UUID] | None = None, limit: int
    ) -> list[Success]:
        """A client's, newest first, see the port."""
        query = sa.select(Success).where(S.tenant_id == self._tenant, S.client_id == client_id)
        if before is not None:
            at, id = before
            query = query.where(S.created_at <= at, sa.or_(S.created_at < at, S.success_id < id))
        query = query.order_by(S.created_at.desc(), S.success_id.desc()).limit(limit)
        async with self._work.reading() as session:
            return list(await session.scalars(query))
