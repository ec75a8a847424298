"""The processes of the deployment."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from consentry.records.process import Process
from consentry.store.sql import tables
from consentry.store.sql.engine import Work

P = tables.process.c


class SqlProcesses:
    """`effects.Processes`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def seen(self, process: Process) -> None:
        """It shows itself, see the port."""
        made = postgresql.insert(tables.process).values(process.model_dump())
        async with self._work.session() as session:
            await session.execute(
                made.on_conflict_do_update(
                    index_elements=[P.tenant_id, P.name], set_={"seen_at": process.seen_at}
                )
            )

    async def gone(self, name: str) -> None:
        """It ended, see the port."""
        async with self._work.session() as session:
            await session.execute(sa.delete(tables.process).where(P.name == name))

    async def all(self, since: datetime) -> list[Process]:
        """Those seen lately, see the port."""
        query = sa.select(Process).where(P.seen_at >= since).order_by(P.started_at, P.name)
        async with self._work.reading() as session:
            return list(await session.scalars(query))
