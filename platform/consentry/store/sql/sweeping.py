"""One sweep through what has expired."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from consentry.store.sql import tables as t
from consentry.store.sql.audit import sweep_audit
from consentry.store.sql.deleting import Front
from consentry.store.sql.engine import Work
from consentry.store.sql.farewells import farewells
from consentry.store.sql.sweep import EARLIER, RULES, SUCCESSES_KEPT, Rule
from consentry.store.sweeping import AuditExport, Farewell

# Only who was refused lately can have passed the bound since the last sweeps.
LATELY = timedelta(hours=1)
CROWDED_AT_ONCE = 100


class Bounds(NamedTuple):
    """What settings say about the end of rows.

    Refusals and successes made before `recorded_before` die, and events before
    `audit_before`; of a tenant's refusals the latest `refusals_kept` stay.
    """

    recorded_before: datetime
    refusals_kept: int
    audit_before: datetime


class Crowd(NamedTuple):
    """Of rows that are alike by `key` the newest `kept` stay; `id` tells those of one moment."""

    key: tuple[sa.Column[Any], ...]
    created: sa.Column[Any]
    id: sa.Column[Any]
    kept: int


class SqlSweeping:
    """`sweeping.Sweeping`."""

    def __init__(
        self, work: Work, now: datetime, bounds: Bounds, export: AuditExport | None,
        farewell: Farewell | None = None,
    ) -> None:  # fmt: skip
        self._work, self._now, self._bounds, self._export = work, now, bounds, export
        thens = {} if farewell is None else {"session_client": farewells(farewell)}
        self._by_age = {
            table: [
                (rule, Front(rule.column < rule.before(now), rule.column, thens.get(table)))
                for rule in rules
            ]
            for table, rules in rules_by_table(bounds).items()
        }
        self._by_number: dict[str, list[Front]] = {}

    @property
    def tables(self) -> Sequence[str]:
        """Every table in which rows expire."""
        return list(self._by_age)

    async def take(self, table: str, most: int) -> int:
        """Delete at most `most` expired rows, see the port."""
        if table == "audit":
            return await sweep_audit(self._work, self._bounds.audit_before, most, self._export)
        left = most
        for _, front in self._by_age[table]:
            left -= await front.take(self._work, left) if left else 0
        if left and table in ("refusal", "success"):
            if table not in self._by_number:
                self._by_number[table] = await self._surplus(table)
            for front in self._by_number[table]:
                left -= await front.take(self._work, left) if left else 0
        return most - left

    async def overdue_s(self, table: str) -> float:
        """How long the oldest is overdue, see the port."""
        found = [0.0]
        for rule, front in self._by_age[table]:
            if (lowest := await front.lowest(self._work)) is not None:
                late: Any = rule.before(self._now) - lowest
                found.append(late.total_seconds() if isinstance(late, timedelta) else late / 1000)
        return max(found)

    async def _surplus(self, table: str) -> list[Front]:
        """What is too much in each crowd, looked up once a sweep."""
        crowd = _crowd(table, self._bounds)
        keys = await _crowded(self._work, crowd, self._now - LATELY)
        found = [await _too_many(self._work, crowd, key) for key in keys]
        return [front for front in found if front is not None]


def rules_by_table(bounds: Bounds) -> dict[str, list[Rule]]:
    """Every rule by which rows die of age."""
    recorded = {
        name: Rule(t.metadata.tables[name].c.created_at, lambda _: bounds.recorded_before)
        for name in ("refusal", "success")
    }
    rules = {name: [rule] for name, rule in {**RULES, **recorded}.items()}
    for name, rule in EARLIER.items():
        rules[name].append(rule)
    return {**rules, "audit": [Rule(t.audit_head.c.oldest_at, lambda _: bounds.audit_before)]}


def _crowd(table: str, bounds: Bounds) -> Crowd:
    r, s = t.refusal.c, t.success.c
    if table == "refusal":
        return Crowd((r.tenant_id,), r.created_at, r.refusal_id, bounds.refusals_kept)
    return Crowd((s.tenant_id, s.client_id), s.created_at, s.success_id, SUCCESSES_KEPT)


async def _crowded(work: Work, crowd: Crowd, since: datetime) -> list[Sequence[Any]]:
    """Keys with more rows than are kept, some of them recent."""
    lately = sa.select(*crowd.key).where(crowd.created > since).distinct()
    async with work.reading() as session:
        found = await session.execute(
            sa.select(*crowd.key)
            .where(sa.tuple_(*crowd.key).in_(lately))
            .group_by(*crowd.key)
            .having(sa.func.count() > crowd.kept)
            .limit(CROWDED_AT_ONCE)
        )
        return [tuple(row) for row in found]


async def _too_many(work: Work, crowd: Crowd, key: Sequence[Any]) -> Front | None:
    """The rows of one key behind the newest that are kept: which these are depends on no
    count, so that two sweeps at once do not both take what is too much."""
    theirs = sa.and_(*(column == one for column, one in zip(crowd.key, key, strict=True)))
    newest = sa.select(crowd.created, crowd.id).where(theirs)
    newest = newest.order_by(crowd.created.desc(), crowd.id.desc()).offset(crowd.kept).limit(1)
    async with work.reading() as session:
        first = (await session.execute(newest)).first()
    if first is None:
        return None
    created, id = first
    behind = sa.or_(crowd.created < created, sa.and_(crowd.created == created, crowd.id <= id))
    return Front(sa.and_(theirs, crowd.created <= created, behind), crowd.created)
