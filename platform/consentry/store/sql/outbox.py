"""Effects: stored with the change that caused them, taken by those who do them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from consentry.records.outbox import DEAD, DROPPED, WAITING, Effect
from consentry.store.effects import Backlog
from consentry.store.sql import tables
from consentry.store.sql.engine import Work

O = tables.outbox.c  # noqa: E741


class SqlOutbox:
    """`effects.Outbox` of one tenant."""

    def __init__(self, work: Work, tenant_id: UUID) -> None:
        self._work, self._tenant = work, tenant_id

    async def add(self, effects: Sequence[Effect]) -> None:
        """Store them, see the port."""
        rows = [{**one.model_dump(), "tenant_id": self._tenant} for one in effects]
        if rows:
            async with self._work.session() as session:
                await session.execute(sa.insert(tables.outbox), rows)

    async def get(self, effect_id: UUID) -> Effect | None:
        """By id."""
        async with self._work.reading() as session:
            return await session.get(Effect, (self._tenant, effect_id))

    async def page(
        self,
        kind: str,
        *,
        subject: str | None = None,
        before: tuple[datetime, UUID] | None = None,
        limit: int,
    ) -> list[Effect]:
        """Newest first, see the port."""
        query = sa.select(Effect).where(O.tenant_id == self._tenant, O.kind == kind)
        if subject is not None:
            query = query.where(O.subject == subject)
        query = _behind(query, O.created_at, before).limit(limit)
        async with self._work.reading() as session:
            return list(await session.scalars(query))

    async def again(self, effect_id: UUID, now: datetime) -> bool:
        """As if it were new, see the port."""
        async with self._work.session() as session:
            found = await session.execute(
                sa.update(tables.outbox)
                .where(O.tenant_id == self._tenant, O.effect_id == effect_id, O.state != WAITING)
                .values(**_anew(now))
                .returning(O.effect_id)
            )
            return found.first() is not None

    async def undone_again(
        self, kind: str, *, subject: str, since: datetime, now: datetime, limit: int
    ) -> int:
        """Dead and dropped ones as if they were new, see the port."""
        those = sa.select(O.effect_id).where(
            *self._about(kind, subject, since), O.state.in_((DEAD, DROPPED))
        )
        # As a CTE it is evaluated once; a subquery may be run again and pass its limit.
        some = those.order_by(O.created_at).limit(limit).cte("some")
        async with self._work.session() as session:
            found = await session.execute(
                sa.update(tables.outbox)
                .where(O.tenant_id == self._tenant, O.effect_id.in_(sa.select(*some.c)))
                .values(**_anew(now))
                .returning(O.effect_id)
            )
            return len(found.all())

    async def counts(self, kind: str, *, subject: str, since: datetime) -> dict[str, int]:
        """How many, by state, see the port."""
        query = sa.select(O.state, sa.func.count()).where(*self._about(kind, subject, since))
        async with self._work.reading() as session:
            found = await session.execute(query.group_by(O.state))
            return {state: count for state, count in found}

    def _about(self, kind: str, subject: str, since: datetime) -> list[sa.ColumnElement[bool]]:
        return [
            O.tenant_id == self._tenant, O.kind == kind, O.subject == subject,
            O.created_at >= since,
        ]  # fmt: skip


def _anew(now: datetime) -> dict[str, Any]:
    return {"state": WAITING, "attempts": 0, "due_at": now, "finished_at": None}


class SqlEffects:
    """`effects.Effects`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def take(
        self, now: datetime, *, until: datetime, limit: int, busy: Sequence[UUID] = ()
    ) -> list[Effect]:
        """The longest waiting first, see the port."""
        async with self._work.session() as session:
            found = await session.execute(taking(now, until, limit, busy))
            return [Effect(**row._mapping) for row in found]

    async def keep(self, held: Sequence[Effect], until: datetime) -> None:
        """One statement for all, see the port."""
        if held:
            keys = [(one.tenant_id, one.effect_id, one.attempts) for one in held]
            await self._change(sa.tuple_(O.tenant_id, O.effect_id, O.attempts).in_(keys), until)

    async def recall(self, now: datetime, latest: Mapping[str, Sequence[datetime]]) -> int:
        """What waits too long is due, see the port."""
        late = [clause for kind, times in latest.items() for clause in _later_than(kind, times)]
        lost = sa.select(O.tenant_id, O.effect_id).where(O.state == WAITING, sa.or_(*late))
        if not self._work.is_sqlite:
            # Several processes notice at once; one that waited for another could block it.
            lost = lost.with_for_update(skip_locked=True)
        those = lost.cte("lost")
        async with self._work.session() as session:
            found = await session.execute(
                sa.update(tables.outbox)
                .where(sa.tuple_(O.tenant_id, O.effect_id).in_(sa.select(*those.c)))
                .values(due_at=now)
                .returning(O.effect_id)
            )
            return len(found.all())

    async def _change(self, which: sa.ColumnElement[bool], until: datetime) -> None:
        async with self._work.session() as session:
            await session.execute(
                sa.update(tables.outbox)
                # One that was put off in this moment is not brought forward.
                .where(which, O.state == WAITING, O.due_at < until)
                .values(due_at=until)
            )

    async def settle(self, held: Effect, *, state: str, outcome: str, now: datetime) -> bool:
        """It is finished, see the port."""
        return await self._set(held, state=state, outcome=outcome[:300], finished_at=now)

    async def put_off(self, held: Effect, *, due_at: datetime, outcome: str | None) -> bool:
        """To be taken again, see the port."""
        if outcome is None:
            return await self._set(held, due_at=due_at, attempts=held.attempts - 1)
        return await self._set(held, due_at=due_at, outcome=outcome[:300])

    async def _set(self, held: Effect, **values: Any) -> bool:
        async with self._work.session() as session:
            found = await session.execute(
                sa.update(tables.outbox)
                .where(
                    O.tenant_id == held.tenant_id,
                    O.effect_id == held.effect_id,
                    # Whoever took it since then has counted one attempt more.
                    O.attempts == held.attempts,
                    O.state == WAITING,
                )
                .values(**values)
                .returning(O.effect_id)
            )
            return found.first() is not None

    async def backlog(self) -> Backlog:
        """How much waits, in one read."""
        waiting, dead = O.state == WAITING, O.state == DEAD
        count, first = sa.func.count(), sa.func.min(O.due_at)
        query = sa.select(
            sa.select(count).where(waiting).scalar_subquery(),
            sa.select(count).where(dead).scalar_subquery(),
            sa.select(first).where(waiting).scalar_subquery(),
        )
        async with self._work.reading() as session:
            return Backlog(*(await session.execute(query)).one())

    async def dead(
        self, *, before: tuple[datetime, UUID] | None = None, limit: int
    ) -> list[Effect]:
        """The last one first, see the port."""
        query = _behind(sa.select(Effect).where(O.state == DEAD), O.finished_at, before)
        async with self._work.reading() as session:
            return list(await session.scalars(query.limit(limit)))


def taking(now: datetime, until: datetime, limit: int, busy: Sequence[UUID] = ()) -> sa.Update:
    """The statement that takes effects: from the oldest end of the index of what is due.

    It passes over what the `busy` have due there.
    """
    due = sa.select(O.tenant_id, O.effect_id).where(O.state == WAITING, O.due_at <= now)
    if busy:
        due = due.where(O.tenant_id.not_in(busy))
    # As a CTE it is evaluated once; a subquery may be run again and pass its limit. (SQLite,
    # where one writes at a time, is not told of locks.)
    chosen = due.order_by(O.due_at).limit(limit).with_for_update(skip_locked=True).cte("due")
    return (
        sa.update(tables.outbox)
        .where(sa.tuple_(O.tenant_id, O.effect_id).in_(sa.select(*chosen.c)))
        .values(due_at=until, attempts=O.attempts + 1)
        .returning(*O)
    )


def _later_than(kind: str, times: Sequence[datetime]) -> list[sa.ColumnElement[bool]]:
    """Those of a kind that are due later than after so many attempts they can be."""
    *some, last = enumerate(times)
    return [
        *(sa.and_(O.kind == kind, O.attempts == count, O.due_at > time) for count, time in some),
        sa.and_(O.kind == kind, O.attempts >= last[0], O.due_at > last[1]),
    ]


def _behind(
    query: sa.Select[Effect],
    moment: sa.Column[Any],
    before: tuple[datetime, UUID] | None,
) -> sa.Select[Effect]:
    """Newest first by a moment and the id, those behind one of them."""
    if before is not None:
        at, id = before
        query = query.where(moment <= at, sa.or_(moment < at, O.effect_id < id))
    return query.order_by(moment.desc(), O.effect_id.desc())
