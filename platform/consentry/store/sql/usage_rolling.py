"""Counts of use by minute become counts by hour, and those counts by day."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from consentry.records.usage import DAY
from consentry.store.sql import tables
from consentry.store.sql.deleting import NEED_NOT_LAST, PLACE
from consentry.store.sql.engine import Work

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


async def roll_up(work: Work, source: str, target: str, before: datetime, most: int) -> int:
    """Make at most `most` counts part of longer ones, see the port; one transaction."""
    async with work.session() as session:
        if work.is_sqlite:
            return await _by_hand(session, source, target, before, most)
        # What a crash takes back is whole as it was, and is summed up once more.
        await session.execute(NEED_NOT_LAST)
        return int(await session.scalar(by_statement(source, target, before, most)) or 0)


def by_statement(source: str, target: str, before: datetime, most: int) -> sa.Select[Any]:
    """The statement on PostgreSQL: nothing is fetched but how many there were."""
    found = sa.select(PLACE).select_from(tables.usage).where(U.period == source, U.at < before)
    found = found.order_by(U.at).limit(most)
    # As where rows are swept: one that somebody adds to meanwhile is left to the next batch.
    doomed = found.with_for_update(skip_locked=True).cte("doomed")
    places = sa.func.array(sa.select(doomed.c.ctid).scalar_subquery())
    gone = (
        sa.delete(tables.usage)
        .where(PLACE == sa.func.any(places))
        .returning(*KEY, *NUMBERS)
        .cte("gone")
    )
    begin = sa.func.date_trunc(target, gone.c.at, "UTC", type_=U.at.type)
    kept = (gone.c.tenant_id, sa.literal(target), begin, *list(gone.c)[3:6])
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


async def _by_hand(
    session: AsyncSession, source: str, target: str, before: datetime, most: int
) -> int:
    chosen = (
        sa.select(*KEY, *NUMBERS)
        .where(U.period == source, U.at < before)
        .order_by(U.at)
        .limit(most)
    )
    found = [row._asdict() for row in await session.execute(chosen)]
    if found:
        await session.execute(ADD, in_turn(_summed(found, target)))
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


def in_turn(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """In the order of their keys, so that two processes that add never wait in a ring."""
    return sorted(rows, key=lambda row: tuple(str(row[column.name]) for column in KEY))
