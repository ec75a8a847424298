"""Effects wait until they are done, are taken by one at a time, and never lost."""

import asyncio
from uuid import uuid4

import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from consentry.records.outbox import DEAD, DONE, WAITING
from consentry.store.ports import Backlog
from consentry.store.sql.hot import Compiled
from consentry.store.sql.outbox import taking
from consentry.store.sql.store import SqlStore
from store.rows import HOUR, MINUTE, NOW, SECOND, Place, done_effect, effect

SOON = NOW + 5 * SECOND


async def test_an_effect_of_a_change_that_was_taken_back_is_none(
    here: Place, store: SqlStore
) -> None:
    one = effect()
    try:
        async with store.begin() as inner:
            await inner.inside(here.tenant.tenant_id).outbox.add([one])
            raise LookupError
    except LookupError:
        pass
    assert await here.inside.outbox.get(one.effect_id) is None


async def test_effects_are_taken_the_longest_waiting_first(here: Place, store: SqlStore) -> None:
    late, early, later = (effect(due_at=NOW - n * SECOND) for n in (1, 2, -1))
    await here.inside.outbox.add([late, early, later])
    taken = await store.effects.take(NOW, until=SOON, limit=9)
    assert {one.effect_id for one in taken} == {late.effect_id, early.effect_id}
    assert {one.attempts for one in taken} == {1}
    assert {one.payload["type"] for one in taken} == {"x"}
    first = await store.effects.take(NOW + MINUTE, until=NOW + HOUR, limit=1)
    assert [one.effect_id for one in first] == [later.effect_id]


async def test_what_is_due_is_found_by_an_index_and_not_sorted(pg_emptied: str) -> None:
    """However much has been done before, and however much waits for later."""
    ready = Compiled(taking(NOW, SOON, 20), dialect())  # type: ignore[no-untyped-call]
    connection = await asyncpg.connect(pg_emptied)
    try:
        for way in ("seqscan", "bitmapscan", "sort"):
            await connection.execute(f"SET enable_{way} = off")
        rows = await connection.fetch(f"EXPLAIN {ready.sql}", *ready.arguments({}))
    finally:
        await connection.close()
    plan = "\n".join(row[0] for row in rows)
    assert "Index Scan using outbox_due " in plan, plan
    assert "Sort" not in plan and "Seq Scan" not in plan, plan


async def test_two_takers_share_the_work(here: Place, store: SqlStore, neighbour: SqlStore) -> None:
    await here.inside.outbox.add([effect() for _ in range(20)])
    shares = await asyncio.gather(
        *(one.effects.take(NOW, until=SOON, limit=5) for one in (store, neighbour) * 2)
    )
    ids = [one.effect_id for share in shares for one in share]
    assert len(ids) == len(set(ids)) and len(ids) <= 20
    rest = await store.effects.take(NOW, until=SOON, limit=20)
    assert len(ids) + len(rest) == 20


async def test_what_a_dead_taker_held_comes_back(here: Place, store: SqlStore) -> None:
    await here.inside.outbox.add([effect()])
    (held,) = await store.effects.take(NOW, until=SOON, limit=1)
    assert await store.effects.take(NOW, until=SOON, limit=1) == []
    (again,) = await store.effects.take(SOON, until=SOON + MINUTE, limit=1)
    assert again.attempts == 2
    # The first taker lives after all: what it has to say is too late.
    assert not await store.effects.settle(held, state=DONE, outcome="", now=SOON)
    assert not await store.effects.put_off(held, due_at=NOW, outcome="")
    assert await store.effects.settle(again, state=DONE, outcome="200", now=SOON)
    assert not await store.effects.settle(again, state=DEAD, outcome="500", now=SOON)
    found = await here.inside.outbox.get(held.effect_id)
    assert found is not None
    assert (found.state, found.outcome, found.finished_at) == (DONE, "200", SOON)


async def test_what_is_kept_is_held_for_longer(here: Place, store: SqlStore) -> None:
    await here.inside.outbox.add([effect(), effect()])
    held = await store.effects.take(NOW, until=SOON, limit=2)
    await store.effects.keep(held[:1], NOW + HOUR)
    again = await store.effects.take(SOON, until=NOW + HOUR, limit=2)
    assert [one.effect_id for one in again] == [held[1].effect_id]
    await store.effects.keep(held[1:], SOON)
    assert await store.effects.take(SOON, until=SOON, limit=2) == []


async def test_what_waits_longer_than_it_can_is_recalled(here: Place, store: SqlStore) -> None:
    """Each number of attempts has its own latest time; what is later was put off by a clock
    that was set back since."""
    times = [NOW + MINUTE, NOW + HOUR]
    late = [effect(attempts=0, due_at=NOW + 2 * MINUTE), effect(attempts=1, due_at=NOW + 2 * HOUR)]
    late.append(effect(attempts=7, due_at=NOW + 2 * HOUR))
    rest = [effect(attempts=0, due_at=NOW + MINUTE), effect(attempts=1, due_at=NOW + HOUR)]
    rest.append(effect(kind="mail", due_at=NOW + 2 * HOUR))
    rest.append(done_effect(due_at=NOW + 2 * HOUR))
    await here.inside.outbox.add([*late, *rest])
    assert await store.effects.recall(NOW, {"webhook": times}) == 3
    taken = await store.effects.take(NOW, until=SOON, limit=9)
    assert {one.effect_id for one in taken} == {one.effect_id for one in late}


async def test_what_was_put_off_is_not_brought_forward_by_being_held(
    here: Place, store: SqlStore
) -> None:
    """Whoever holds may have seen it a moment before its attempt ended."""
    await here.inside.outbox.add([effect()])
    (held,) = await store.effects.take(NOW, until=SOON, limit=1)
    await store.effects.put_off(held, due_at=NOW + HOUR, outcome="503")
    await store.effects.keep([held], SOON)
    found = await here.inside.outbox.get(held.effect_id)
    assert found is not None
    assert found.due_at == NOW + HOUR


async def test_a_busy_tenant_leaves_room_for_others(
    here: Place, elsewhere: Place, store: SqlStore
) -> None:
    await here.inside.outbox.add([effect(due_at=NOW - MINUTE) for _ in range(3)])
    await elsewhere.inside.outbox.add([effect()])
    taken = await store.effects.take(NOW, until=SOON, limit=2, busy=[here.tenant.tenant_id])
    assert [one.tenant_id for one in taken] == [elsewhere.tenant.tenant_id]


async def test_one_put_off_waits_with_its_outcome(here: Place, store: SqlStore) -> None:
    await here.inside.outbox.add([effect()])
    (held,) = await store.effects.take(NOW, until=SOON, limit=1)
    assert await store.effects.put_off(held, due_at=NOW + HOUR, outcome="x" * 400)
    assert await store.effects.take(NOW + MINUTE, until=SOON, limit=1) == []
    (again,) = await store.effects.take(NOW + HOUR, until=NOW + 2 * HOUR, limit=1)
    assert (again.attempts, again.outcome) == (2, "x" * 300)


async def test_one_handed_back_was_not_tried(here: Place, store: SqlStore) -> None:
    await here.inside.outbox.add([effect()])
    (held,) = await store.effects.take(NOW, until=SOON, limit=1)
    assert await store.effects.put_off(held, due_at=NOW, outcome=None)
    (again,) = await store.effects.take(NOW, until=SOON, limit=1)
    assert again.attempts == 1


async def test_what_is_finished_can_be_done_again(here: Place, store: SqlStore) -> None:
    one = done_effect(attempts=7, state=DEAD)
    await here.inside.outbox.add([one])
    assert await here.inside.outbox.again(one.effect_id, NOW + MINUTE)
    assert not await here.inside.outbox.again(one.effect_id, NOW)
    assert not await here.inside.outbox.again(uuid4(), NOW)
    (taken,) = await store.effects.take(NOW + MINUTE, until=NOW + HOUR, limit=1)
    assert (taken.attempts, taken.state, taken.finished_at) == (1, WAITING, None)


async def test_effects_are_listed_newest_first_page_by_page(here: Place, elsewhere: Place) -> None:
    mine = [effect(created_at=NOW - n * SECOND) for n in (0, 1, 1)]
    await here.inside.outbox.add([*mine, effect(subject="b2"), effect(kind="mail")])
    await elsewhere.inside.outbox.add([effect()])
    first = await here.inside.outbox.page("webhook", subject="a1", limit=2)
    assert first[0].effect_id == mine[0].effect_id
    behind = (first[-1].created_at, first[-1].effect_id)
    rest = await here.inside.outbox.page("webhook", subject="a1", before=behind, limit=9)
    assert {one.effect_id for one in (*first, *rest)} == {one.effect_id for one in mine}
    assert len(await here.inside.outbox.page("webhook", limit=9)) == 4
    assert await elsewhere.inside.outbox.get(mine[0].effect_id) is None


async def test_the_backlog_is_what_waits_and_what_is_dead(
    here: Place, elsewhere: Place, store: SqlStore
) -> None:
    assert await store.effects.backlog() == Backlog(0, 0, None)
    dead = [done_effect(state=DEAD, finished_at=NOW + n * SECOND) for n in range(3)]
    await here.inside.outbox.add([effect(due_at=SOON), done_effect(), *dead[:2]])
    await elsewhere.inside.outbox.add([effect(), dead[2]])
    assert await store.effects.backlog() == Backlog(2, 3, NOW)
    first = await store.effects.dead(limit=2)
    assert [one.effect_id for one in first] == [dead[2].effect_id, dead[1].effect_id]
    assert first[-1].finished_at is not None
    behind = (first[-1].finished_at, first[-1].effect_id)
    rest = await store.effects.dead(before=behind, limit=9)
    assert [one.effect_id for one in rest] == [dead[0].effect_id]
