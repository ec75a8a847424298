"""Counts of use by minute become counts by hour, and those counts by day."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from consentry.records.usage import DAY
from consentry.store.sql import tables
from consentry.store.sql.deleting import NEED_NOT_LAST, PLACE
from consentry.store.sql.engine import Work
from consentry.store.usage import RolledUp

U = tables.usage.c
KEY: Final = (U.tenant_id, U.period, U.at, U.client_id, U.what, U.outcome)
NUMBERS: Final = (
    U.count, U.ms_5, U.ms_10, U.ms_25, U.ms_50, U.ms_100, U.ms_250, U.ms_1000, U.ms_more,
)  # fmt: skip
NAMES: Final = tuple(column.name for column in NUMBERS)
_INSERT: Final = postgresql.insert(tables.usage)
ADD: Final = _INSERT.on_conflict_do_update(
    index_elements=list(KEY),
    set_={column.name: column + _INSERT.excluded[column.name] for column in NUMBERS},
)


TENANTS_AT_ONCE: Final = 50


class Span(NamedTuple):
    """Counts of the period `source` that began before a moment become those of `target`."""

    source: str
    target: str
    before: datetime


async def roll_up(work: Work, span: Span, after: UUID | None, most: int) -> RolledUp:
    """Make some tenants' counts part of longer ones, see the port; one transaction.

    Tenant by tenant: so all minutes of an hour come together and its row is written once,
    where in the order of time it would be written anew for every minute.
    """
    async with work.session() as session:
        if not work.is_sqlite:
            # What a crash takes back is whole as it was, and is summed up once more.
            await session.execute(NEED_NOT_LAST)
        if after is None and await session.scalar(_any(span)) is None:
            return RolledUp(0, None, is_over=True)
        tenants = list(await session.scalars(_next(after)))
        if work.is_sqlite:
            count = await _by_hand(session, span, tenants, most)
        else:
            count = int(await session.scalar(by_statement(span, tenants, most)) or 0)
    if count == most:
        return RolledUp(count, after, is_over=False)
    is_over = len(tenants) < TENANTS_AT_ONCE
    return RolledUp(count, tenants[-1] if tenants else after, is_over)


def _any(span: Span) -> sa.Select[Any]:
    oldest = sa.select(U.at).where(U.period == span.source, U.at < span.before)
    return oldest.order_by(U.at).limit(1)


def _next(after: UUID | None) -> sa.Select[Any]:
    """The next tenants that have counts: each by one look at the index, however many it has."""
    behind = sa.true() if after is None else U.tenant_id > after
    first = sa.select(U.tenant_id).where(behind).order_by(U.tenant_id).limit(1)
    found = sa.select(first.scalar_subquery().label("tenant_id")).cte("found", recursive=True)
    onward = sa.select(U.tenant_id).where(U.tenant_id > found.c.tenant_id)
    onward = onward.order_by(U.tenant_id).limit(1).correlate(found)
    known = found.c.tenant_id.is_not(None)
    found = found.union_all(sa.select(onward.scalar_subquery()).where(known))
    return sa.select(found.c.tenant_id).where(found.c.tenant_id.is_not(None)).limit(TENANTS_AT_ONCE)


def _which(span: Span, tenants: Sequence[UUID]) -> sa.ColumnElement[bool]:
    return sa.and_(U.tenant_id.in_(tenants), U.period == span.source, U.at < span.before)


def by_statement(span: Span, tenants: Sequence[UUID], most: int) -> sa.Select[Any]:
    """The statement on PostgreSQL: nothing is fetched but how many there were."""
    found = sa.select(PLACE).select_from(tables.usage).where(_which(span, tenants)).limit(most)
    # As where rows are swept: one that somebody adds to meanwhile is left to the next batch.
    doomed = found.with_for_update(skip_locked=True).cte("doomed")
    places = sa.func.array(sa.select(doomed.c.ctid).scalar_subquery())
    gone = (
        sa.delete(tables.usage)
        .where(PLACE == sa.func.any(places))
        .returning(*KEY, *NUMBERS)
        .cte("gone")
    )
    begin = sa.func.date_trunc(span.target, gone.c.at, "UTC", type_=U.at.type)
    kept = (gone.c.tenant_id, sa.literal(span.target), begin, *list(gone.c)[3:6])
    summed = (
        sa.select(*kept, *(sa.func.sum(gone.c[name]) for name in NAMES))
        .group_by(gone.c.tenant_id, begin, *list(gone.c)[3:6])
        # In one order, so that two that add never wait in a ring.
        .order_by(gone.c.tenant_id, begin, *list(gone.c)[3:6])
    )
    insert = postgresql.insert(tables.usage)
    added = insert.from_select([column.name for column in (*KEY, *NUMBERS)], summed)
    added = added.on_conflict_do_update(
        index_elements=list(KEY),
        set_={column.name: column + insert.excluded[column.name] for column in NUMBERS},
    )
    count = sa.select(sa.func.count()).select_from(gone)
    return count.add_cte(added.returning(U.tenant_id).cte("added"))


async def _by_hand(session: AsyncSession, span: Span, tenants: Sequence[UUID], most: int) -> int:
    chosen = sa.select(*KEY, *NUMBERS).where(_which(span, tenants)).limit(most)
    found = [row._asdict() for row in await session.execute(chosen)]
    if found:
        await session.execute(ADD, _summed(found, span.target))
        # One at a time by the whole key: executed for many, it needs no list in its text.
        gone = sa.delete(tables.usage).where(
            *(column == sa.bindparam(f"old_{column.name}") for column in KEY)
        )
        connection = await session.connection()
        keys = [{f"old_{column.name}": row[column.name] for column in KEY} for row in found]
        await connection.execute(gone, keys)
    return len(found)


def _summed(found: Iterable[dict[str, Any]], target: str) -> list[dict[str, Any]]:
    """Counts by hour or day, summed from shorter stretches."""
    sums: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in found:
        at = _begin(row["at"], target)
        key = (row["tenant_id"], at, row["client_id"], row["what"], row["outcome"])
        held = sums.get(key)
        if held is None:
            sums[key] = {**row, "period": target, "at": at}
            continue
        for name in NAMES:
            held[name] += row[name]
    return list(sums.values())


def _begin(at: datetime, period: str) -> datetime:
    """When the hour or day (UTC) of a moment began."""
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return hour - timedelta(hours=hour.hour) if period == DAY else hour
