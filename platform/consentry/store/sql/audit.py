"""The audit chain: appended under a lock of its head, read by number, swept from the front."""

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from consentry.records.audit import AuditHead, AuditRow, Event, chained
from consentry.store.sql import tables
from consentry.store.sql.engine import Work
from consentry.store.sweeping import AuditExport
from consentry.store.trail import ANY_EVENT, AuditFilter

A, H = tables.audit.c, tables.audit_head.c
HEADS_AT_ONCE = 100


class SqlAudit:
    """`trail.Audit` of one tenant."""

    def __init__(self, work: Work, tenant_id: UUID) -> None:
        self._work, self._tenant = work, tenant_id

    async def claim(self) -> None:
        """Nobody else appends to the chain until the transaction of `begin` ends."""
        async with self._work.session() as session:
            await self._locked(session)

    async def _locked(self, session: AsyncSession) -> AuditHead:
        """The head, ours until the transaction ends; SQLite's whole file is ours already."""
        query = sa.select(AuditHead).where(H.tenant_id == self._tenant).with_for_update()
        query = query.execution_options(populate_existing=True)
        found = (await session.scalars(query)).first()
        if found is None:
            first = postgresql.insert(tables.audit_head).values(
                tenant_id=self._tenant, seq=0, digest="", swept_seq=0, swept_digest=""
            )
            await session.execute(first.on_conflict_do_nothing())
            found = (await session.scalars(query)).one()
        return found

    async def append(self, events: Sequence[Event]) -> None:
        """Events at the end of the chain, in order."""
        async with self._work.session() as session:
            head = await self._locked(session)
            for event in events:
                row = chained(self._tenant, head.seq + 1, head.digest, event)
                session.add(row)
                head.seq, head.digest = row.seq, row.digest
                head.oldest_at = head.oldest_at or row.at

    async def head(self) -> AuditHead | None:
        """Where the chain ends."""
        async with self._work.reading() as session:
            return await session.get(AuditHead, self._tenant)

    async def page(
        self, asked: AuditFilter = ANY_EVENT, *, before: int | None = None, limit: int = 100
    ) -> list[AuditRow]:
        """Events newest first."""
        places = [] if before is None else [A.seq < before]
        return await self._read(asked, places, A.seq.desc(), limit)

    async def onward(
        self, asked: AuditFilter = ANY_EVENT, *, after: int = 0, limit: int = 500
    ) -> list[AuditRow]:
        """Events oldest first."""
        return await self._read(asked, [A.seq > after], A.seq.asc(), limit)

    async def _read(
        self,
        asked: AuditFilter,
        places: list[sa.ColumnElement[bool]],
        order: sa.ColumnElement[int],
        limit: int,
    ) -> list[AuditRow]:
        async with self._work.reading() as session:
            places = [*places, *await self._span(session, asked)]
            query = sa.select(AuditRow).where(A.tenant_id == self._tenant, *places, *_asked(asked))
            return list(await session.scalars(query.order_by(order).limit(limit)))

    async def _span(
        self, session: AsyncSession, asked: AuditFilter
    ) -> list[sa.ColumnElement[bool]]:
        """Times as numbers of the chain, so that one index serves both."""
        here, span = A.tenant_id == self._tenant, []
        if asked.since is not None:
            first = sa.select(A.seq).where(here, A.at >= asked.since).order_by(A.at).limit(1)
            span.append(A.seq >= (await session.scalar(first) or 2**62))
        if asked.until is not None:
            last = sa.select(A.seq).where(here, A.at < asked.until).order_by(A.at.desc()).limit(1)
            span.append(A.seq <= (await session.scalar(last) or 0))
        return span


def _asked(asked: AuditFilter) -> list[sa.ColumnElement[bool]]:
    found = []
    if asked.actor_id is not None:
        found.append(A.actor_id == asked.actor_id)
    if asked.action is not None:
        found.append(A.action == asked.action)
    if asked.target is not None:
        found += [A.target_kind == asked.target[0], A.target_id == asked.target[1]]
    return found


async def sweep_audit(work: Work, before: datetime, batch: int, export: AuditExport | None) -> int:
    """Delete at most `batch` events made before a time, each chain from its front; how many.

    The head keeps where the chain begins since, so that a row lost otherwise is missed.
    export: has the events before they go; what it raises takes all of it back.
    """
    heads = sa.select(AuditHead).where(H.oldest_at < before).order_by(H.oldest_at)
    async with work.session() as session:
        chosen = heads.limit(HEADS_AT_ONCE).with_for_update(skip_locked=True)
        gone = 0
        for head in await session.scalars(chosen):
            if gone < batch:
                gone += await _trim(session, head, before, batch - gone, export)
        return gone


async def _trim(
    session: AsyncSession,
    head: AuditHead,
    before: datetime,
    most: int,
    export: AuditExport | None,
) -> int:
    # From where it begins: what went before may lie in the index yet.
    left = sa.and_(A.tenant_id == head.tenant_id, A.seq > head.swept_seq)
    front = sa.select(AuditRow).where(left).order_by(A.seq).limit(most + 1)
    rows = (await session.scalars(front)).all()
    doomed = list(takewhile(lambda row: row.at < before, rows[:most]))
    head.oldest_at = rows[len(doomed)].at if len(doomed) < len(rows) else None
    if doomed:
        if export is not None:
            await export(head.tenant_id, doomed)
        head.swept_seq, head.swept_digest = doomed[-1].seq, doomed[-1].digest
        await session.execute(sa.delete(tables.audit).where(left, A.seq <= doomed[-1].seq))
    return len(doomed)
