"""The jobs of the deployment: claimed by one runner at a time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from consentry.records.job import JobRow
from consentry.store.sql import tables
from consentry.store.sql.engine import Work

J = tables.job.c
NOBODY: Final = UUID(int=0)


class SqlJobs:
    """`effects.Jobs`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def all(self) -> list[JobRow]:
        """By name."""
        async with self._work.reading() as session:
            return list(await session.scalars(sa.select(JobRow).order_by(J.name)))

    async def ensure(self, names: Sequence[str], now: datetime) -> None:
        """A row for each, see the port."""
        rows = [JobRow(tenant_id=NOBODY, name=name, due_at=now).model_dump() for name in names]
        async with self._work.session() as session:
            await session.execute(
                postgresql.insert(tables.job).values(rows).on_conflict_do_nothing()
            )

    async def claim(
        self, name: str, runner: str, *, now: datetime, until: datetime,
        latest: datetime | None = None,
    ) -> bool:  # fmt: skip
        """One statement: of several that try at once one begins."""
        is_due = J.due_at <= now
        if latest is not None:
            is_due = sa.or_(is_due, J.due_at > latest)
        return await self._set(
            sa.and_(J.name == name, is_due, J.paused_at.is_(None)),
            due_at=until, runner=runner, is_running=True, started_at=now,
        )  # fmt: skip

    async def keep(self, name: str, runner: str, until: datetime) -> bool:
        """Hold a run, see the port."""
        return await self._set(_run_of(name, runner), due_at=until)

    async def finish(self, ran: JobRow) -> bool:
        """How a run went, see the port."""
        values = ran.model_dump(exclude={"tenant_id", "name", "runner", "paused_at"})
        if ran.succeeded_at is None:
            # A run that failed does not take the last success away.
            del values["succeeded_at"]
        return await self._set(_run_of(ran.name, ran.runner), **values)

    async def release(self, name: str, runner: str, now: datetime) -> bool:
        """Give up a run, see the port."""
        return await self._set(_run_of(name, runner), due_at=now, is_running=False)

    async def pause(self, name: str, at: datetime | None) -> bool:
        """Pause it or let it go on."""
        return await self._set(J.name == name, paused_at=at)

    async def hasten(self, name: str, now: datetime) -> bool:
        """It is due now, see the port."""
        # A run whose runner died is over, though nobody could say so.
        is_idle = sa.or_(J.is_running.is_(False), J.due_at <= now)
        return await self._set(sa.and_(J.name == name, is_idle), due_at=now)

    async def _set(self, which: sa.ColumnElement[bool], **values: Any) -> bool:
        async with self._work.session() as session:
            found = await session.execute(
                sa.update(tables.job)
                .where(J.tenant_id == NOBODY, which)
                .values(**values)
                .returning(J.name)
            )
            return found.first() is not None


def _run_of(name: str, runner: str) -> sa.ColumnElement[bool]:
    return sa.and_(J.name == name, J.runner == runner, J.is_running.is_(True))
