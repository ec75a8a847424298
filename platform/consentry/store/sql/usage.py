"""Counts of use."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from consentry.records.usage import ALL, DAY, HOUR, MINUTE, OK, TOKENS, Counted, PeopleOfDay
from consentry.store.sql import tables
from consentry.store.sql.engine import Work
from consentry.store.sql.usage_people import keep_people, seen
from consentry.store.sql.usage_refused import refused_most
from consentry.store.usage import Reached, Seen, Used

U = tables.usage.c
KEY: Final = (U.tenant_id, U.period, U.at, U.client_id, U.what, U.outcome)
NUMBERS: Final = (
    U.count, U.ms_5, U.ms_10, U.ms_25, U.ms_50, U.ms_100, U.ms_250, U.ms_1000, U.ms_more,
)  # fmt: skip
_NAMES: Final = tuple(column.name for column in NUMBERS)
_INSERT: Final = postgresql.insert(tables.usage)
ADD: Final = _INSERT.on_conflict_do_update(
    index_elements=list(KEY),
    set_={column.name: column + _INSERT.excluded[column.name] for column in NUMBERS},
)


class SqlUsageLog:
    """`usage.UsageLog`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, counted: Sequence[Counted]) -> None:
        """Add to what is stored, see the port."""
        rows = [
            {
                "tenant_id": one.tenant_id,
                "period": MINUTE,
                "at": datetime.fromtimestamp(one.minute * 60, UTC),
                "client_id": one.client_id,
                "what": one.what,
                "outcome": one.outcome,
                **dict(zip(_NAMES, one.counts, strict=True)),
            }
            for one in counted
        ]
        async with self._work.session() as session:
            await session.execute(ADD, _in_turn(rows))

    async def roll_up(self, source: str, target: str, before: datetime, *, most: int) -> int:
        """One transaction, see the port."""
        chosen = (
            sa.select(*KEY, *NUMBERS)
            .where(U.period == source, U.at < before)
            .order_by(U.at)
            .limit(most)
        )
        if not self._work.is_sqlite:
            chosen = chosen.with_for_update(skip_locked=True)
        async with self._work.session() as session:
            found = [row._asdict() for row in await session.execute(chosen)]
            if found:
                await session.execute(ADD, _in_turn(_summed(found, target)))
                # One at a time by the whole key: executed for many, it needs no list in its text.
                gone = sa.delete(tables.usage).where(
                    *(column == sa.bindparam(f"old_{column.name}") for column in KEY)
                )
                connection = await session.connection()
                await connection.execute(
                    gone,
                    [{f"old_{column.name}": row[column.name] for column in KEY} for row in found],
                )
        return len(found)

    async def forget(self, before: datetime, *, most: int) -> int:
        """Delete counts by day, see the port."""
        over = (
            sa.select(*KEY)
            .where(U.period == DAY, U.at < before)
            .order_by(U.at)
            .limit(most)
            .cte("over")
        )
        async with self._work.session() as session:
            gone = await session.execute(
                sa.delete(tables.usage)
                .where(sa.tuple_(*KEY).in_(sa.select(*over.c)))
                .returning(U.tenant_id)
            )
            return len(gone.all())

    async def seen(
        self, since: datetime, *, after: Reached | None, most: int
    ) -> tuple[list[Seen], Reached | None]:
        """What people did, see the port."""
        return await seen(self._work, since, after, most)

    async def keep_people(self, counted: Sequence[PeopleOfDay]) -> None:
        """Keep how many were seen, see the port."""
        await keep_people(self._work, counted)

    async def tokens(self, tenant_ids: Sequence[UUID], since: datetime) -> dict[UUID, int]:
        """How many tokens tenants gave, see the port."""
        query = (
            sa.select(U.tenant_id, sa.func.sum(U.count))
            .where(
                U.tenant_id.in_(tenant_ids),
                U.client_id == ALL,
                U.period.in_((MINUTE, HOUR, DAY)),
                U.at >= since,
                U.what.in_(TOKENS),
                U.outcome == OK,
            )
            .group_by(U.tenant_id)
        )
        async with self._work.reading() as session:
            return {tenant_id: int(count) for tenant_id, count in await session.execute(query)}


class SqlTenantUsage:
    """`usage.TenantUsage` of one tenant."""

    def __init__(self, work: Work, tenant_id: UUID) -> None:
        self._work, self._tenant = work, tenant_id

    async def read(self, client_id: str, since: datetime, until: datetime) -> list[Used]:
        """The oldest first, see the port."""
        query = (
            sa.select(U.at, U.what, U.outcome, *NUMBERS)
            .where(
                U.tenant_id == self._tenant,
                U.client_id == client_id,
                U.period.in_((MINUTE, HOUR, DAY)),
                U.at >= since,
                U.at < until,
            )
            .order_by(U.at)
        )
        async with self._work.reading() as session:
            return [Used(*row[:3], tuple(row[3:])) for row in await session.execute(query)]

    async def busiest(self, since: datetime, *, limit: int) -> list[tuple[str, int]]:
        """The clients that were given most tokens, see the port."""
        total = sa.func.sum(U.count)
        query = (
            sa.select(U.client_id, total)
            .where(
                U.tenant_id == self._tenant,
                U.period.in_((MINUTE, HOUR)),
                U.at >= since,
                U.client_id != ALL,
                U.what.in_(TOKENS),
                U.outcome == OK,
            )
            .group_by(U.client_id)
            .order_by(total.desc(), U.client_id)
            .limit(limit)
        )
        async with self._work.reading() as session:
            return [(client_id, int(count)) for client_id, count in await session.execute(query)]

    async def refused(self, since: datetime, *, limit: int) -> list[tuple[str, str, int]]:
        """The clients refused most, see the port."""
        async with self._work.reading() as session:
            found = await session.execute(refused_most(self._tenant, since, limit))
            return [(client_id, error, int(count)) for client_id, error, count in found]


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
        for name in _NAMES:
            held[name] += row[name]
    return list(sums.values())


def _begin(at: datetime, period: str) -> datetime:
    """When the hour or day (UTC) of a moment began."""
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return hour - timedelta(hours=hour.hour) if period == DAY else hour


def _in_turn(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """In the order of their keys, so that two processes that add never wait in a ring."""
    return sorted(rows, key=lambda row: tuple(str(row[column.name]) for column in KEY))
