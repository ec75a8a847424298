"""Counts of use."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from consentry.records.usage import ALL, DAY, HOUR, MINUTE, OK, TOKENS, Counted, PeopleOfDay
from consentry.store.sql import tables
from consentry.store.sql.engine import Work
from consentry.store.sql.usage_leading import leading
from consentry.store.sql.usage_people import keep_people, seen
from consentry.store.sql.usage_rolling import ADD, KEY, NAMES, NUMBERS, Span, roll_up
from consentry.store.usage import Leading, Reached, RolledUp, Seen, Used

U = tables.usage.c
ROWS_AT_ONCE: Final = 200


class SqlUsageLog:
    """`usage.UsageLog`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, counted: Sequence[Counted]) -> None:
        """Add to what is stored, see the port.

        In the order of their keys, so that two processes that add never wait in a ring; and some
        at a time, so that requests need not wait while many are made ready.
        """
        rows = sorted(counted, key=_place)
        async with self._work.session() as session:
            for first in range(0, len(rows), ROWS_AT_ONCE):
                some = rows[first : first + ROWS_AT_ONCE]
                await session.execute(ADD, [_row(one) for one in some])

    async def roll_up(
        self, source: str, target: str, before: datetime, *, after: UUID | None, most: int
    ) -> RolledUp:
        """Some tenants in one transaction, see the port."""
        return await roll_up(self._work, Span(source, target, before), after, most)

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

    async def leading(self, since: datetime, *, limit: int) -> Leading:
        """The clients that lead, see the port."""
        async with self._work.reading() as session:
            rows = await session.execute(leading(self._tenant, since, limit))
            found = [(client_id, outcome, int(count)) for client_id, outcome, count in rows]
        return Leading(
            busiest=[(client_id, count) for client_id, outcome, count in found if outcome == OK],
            refused=[one for one in found if one[1] != OK],
        )


def _place(one: Counted) -> tuple[bytes, int, str, str, str]:
    return one.tenant_id.bytes, one.minute, one.client_id, one.what, one.outcome


def _row(one: Counted) -> dict[str, Any]:
    return {
        "tenant_id": one.tenant_id,
        "period": MINUTE,
        "at": datetime.fromtimestamp(one.minute * 60, UTC),
        "client_id": one.client_id,
        "what": one.what,
        "outcome": one.outcome,
        **dict(zip(NAMES, one.counts, strict=True)),
    }
