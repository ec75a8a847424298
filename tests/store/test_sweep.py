"""What has expired goes, in bounded batches; nothing live does."""

import asyncpg
import pytest
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from consentry.records.process import Process
from consentry.store.sql import sweep, tables
from consentry.store.sql.deleting import by_place
from consentry.store.sql.hot import Compiled
from consentry.store.sql.store import SqlStore
from consentry.store.sql.sweeping import Bounds, rules_by_table
from consentry.tenancy.actor import OPERATORS
from store.rows import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    Place,
    at_once,
    login,
    place,
    refusal,
    success,
)
from store.test_tenants import THE_DEPLOYMENTS, counted, fill
from support.sweeping import swept


def process() -> Process:
    """One that served once."""
    times = {"started_at": NOW, "seen_at": NOW}
    return Process(tenant_id=OPERATORS, name="a:1", kind="serve", version="1", **times)


SWEPT = {*sweep.RULES, "refusal", "success", "audit"}


def test_every_table_has_a_rule_of_death_or_a_reason_to_stay() -> None:
    """DESIGN: each table has one rule in one registry. THREATS 57"""
    assert set(tables.metadata.tables) == SWEPT | set(sweep.KEPT)
    assert not SWEPT & set(sweep.KEPT)
    assert all(sweep.KEPT.values())


BOUNDS = Bounds(recorded_before=NOW, refusals_kept=9, audit_before=NOW)
AGE_RULES = {
    f"{table}, {rule.column.name}": rule
    for table, rules in rules_by_table(BOUNDS).items()
    for rule in rules
}


@pytest.mark.parametrize("name", AGE_RULES)
async def test_every_rule_finds_the_dead_by_an_index(pg_emptied: str, name: str) -> None:
    rule = AGE_RULES[name]
    statement = by_place(rule.column < rule.before(NOW), rule.column, 100)
    ready = Compiled(statement, dialect())  # type: ignore[no-untyped-call]
    connection = await asyncpg.connect(pg_emptied)
    try:
        for way in ("seqscan", "bitmapscan", "sort"):
            await connection.execute(f"SET enable_{way} = off")
        rows = await connection.fetch(f"EXPLAIN {ready.sql}", *ready.arguments({}))
    finally:
        await connection.close()
    plan = "\n".join(row[0] for row in rows)
    table = tables.metadata.tables[rule.column.table.name]
    usable = [one.name for one in table.indexes if next(iter(one.columns)).name == rule.column.name]
    assert any(f"Index Scan using {index} " in plan for index in usable), plan
    assert "Sort" not in plan
    assert f"Tid Scan on {table.name}" in plan.replace('"', "")


async def test_nothing_live_goes(here: Place, store: SqlStore) -> None:
    await fill(here)
    before = await counted(store, here.tenant.tenant_id)
    assert set((await swept(store, NOW, batch=100)).values()) == {0}
    assert await counted(store, here.tenant.tenant_id) == before


async def test_a_tenant_is_emptied_piece_by_piece(
    here: Place, elsewhere: Place, store: SqlStore
) -> None:
    for one in (here, elsewhere):
        await fill(one)
    await here.inside.refusals.add([refusal(), refusal()])
    before = await counted(store, elsewhere.tenant.tenant_id)
    assert await store.tenants.empty(here.tenant.tenant_id, batch=1)
    left = await counted(store, here.tenant.tenant_id)
    assert {name for name, count in left.items() if count} == sweep.TO_THE_END | {"refusal"}
    assert left["refusal"] == 2
    assert not await store.tenants.empty(here.tenant.tenant_id, batch=9)
    left = await counted(store, here.tenant.tenant_id)
    assert {name for name, count in left.items() if count} == sweep.TO_THE_END
    assert await counted(store, elsewhere.tenant.tenant_id) == before


async def test_what_has_expired_goes(here: Place, store: SqlStore) -> None:
    await fill(here)
    await store.processes.seen(process())
    gone = await swept(store, NOW + 401 * DAY, batch=100)
    assert gone == dict.fromkeys(SWEPT, 1)
    left = await counted(store, here.tenant.tenant_id)
    assert {name for name, count in left.items() if count == 0} == SWEPT - THE_DEPLOYMENTS
    assert set((await swept(store, NOW + 401 * DAY, batch=100)).values()) == {0}


async def test_a_token_taken_back_stays_so_where_another_clock_is_behind(
    here: Place, store: SqlStore
) -> None:
    """THREATS 58: by as much as clocks of hosts may differ."""
    await here.inside.authorizations.revoke_token("a" * 32, NOW)
    assert (await swept(store, NOW + MINUTE, batch=100))["revoked_token"] == 0
    assert (await swept(store, NOW + MINUTE + SECOND, batch=100))["revoked_token"] == 1


async def test_an_ended_row_stays_a_day_so_that_its_replay_is_recognised(
    here: Place, store: SqlStore
) -> None:
    id = await here.authorized(expires_at=NOW)
    row = login(here.user.user_id, expires_at=NOW)
    await here.inside.logins.start(row, replaces=None)
    kept = await swept(store, NOW + DAY, batch=100)
    assert (kept["authorization"], kept["login"]) == (0, 0)
    assert await here.inside.authorizations.get(id) is not None
    gone = await swept(store, NOW + DAY + SECOND, batch=100)
    assert (gone["authorization"], gone["login"]) == (1, 1)


async def test_a_throttle_that_is_swept_says_what_it_said(here: Place, store: SqlStore) -> None:
    throttles = here.inside.throttles
    assert await throttles.take("jane", count=1, period_s=60, now=NOW) == 0
    assert (await swept(store, NOW + MINUTE, batch=9))["throttle"] == 0
    assert (await swept(store, NOW + MINUTE + SECOND, batch=9))["throttle"] == 1
    assert await throttles.take("jane", count=1, period_s=60, now=NOW + MINUTE + SECOND) == 0


async def test_batches_are_bounded_and_take_the_oldest_first(here: Place, store: SqlStore) -> None:
    for n in (3, 1, 4, 2, 5):
        await here.inside.nonces.spend("jti", f"v{n}", NOW + n * SECOND)
    late = NOW + HOUR
    assert (await swept(store, late, batch=2))["nonce"] == 2
    assert not await here.inside.nonces.spend("jti", "v3", late)
    assert await here.inside.nonces.spend("jti", "v2", late)
    assert [(await swept(store, late + SECOND, batch=2))["nonce"] for _ in range(3)] == [2, 2, 0]


async def test_what_was_taken_back_goes_a_day_later(here: Place, store: SqlStore) -> None:
    """RFC 7662 §2.2: it is no more active than what never was."""
    gone, live = await here.redeemed(expires_at=NOW + 9 * DAY), await here.redeemed()
    await here.inside.authorizations.revoke(gone, NOW)
    assert (await swept(store, NOW + DAY, batch=9))["authorization"] == 0
    assert (await swept(store, NOW + DAY + SECOND, batch=9))["authorization"] == 1
    assert await here.inside.authorizations.get(gone) is None
    assert await here.inside.authorizations.get(live) is not None


async def test_a_batch_begins_where_the_one_before_ended(here: Place, store: SqlStore) -> None:
    """What turns up behind a sweep is left to the next one, and its oldest is not overlooked."""
    late = NOW + HOUR
    for n in (2, 3, 4):
        await here.inside.nonces.spend("jti", f"v{n}", NOW + n * SECOND)
    sweeping = store.sweeping(late)
    assert await sweeping.take("nonce", 2) == 2
    await here.inside.nonces.spend("jti", "v1", NOW + SECOND)
    assert await sweeping.overdue_s("nonce") == (HOUR - 4 * SECOND).total_seconds()
    assert await sweeping.take("nonce", 9) == 1
    assert await sweeping.overdue_s("nonce") == 0
    assert await store.sweeping(late).overdue_s("nonce") == (HOUR - SECOND).total_seconds()
    assert (await swept(store, late, batch=9))["nonce"] == 1


async def test_each_table_tells_how_long_its_oldest_is_overdue(
    here: Place, store: SqlStore
) -> None:
    at = NOW + 401 * DAY
    await fill(here)
    await store.processes.seen(process())
    sweeping = store.sweeping(at)
    late = {table: await sweeping.overdue_s(table) for table in sweeping.tables}
    assert min(late.values()) > 0
    assert set(late) == SWEPT
    assert late["audit"] == DAY.total_seconds()
    assert late["refusal"] == (371 * DAY).total_seconds()
    assert late["nonce"] == (401 * DAY - HOUR).total_seconds()
    await here.inside.authorizations.revoke((await here.redeemed()), NOW - DAY)
    assert await store.sweeping(at).overdue_s("authorization") == (401 * DAY).total_seconds()
    await swept(store, at, batch=9)
    assert not any([await store.sweeping(at).overdue_s(table) for table in sweeping.tables])


async def test_two_sweeps_at_once_take_what_is_too_much_once(store: SqlStore) -> None:
    few = SqlStore(store.url, refusals_kept=3)
    try:
        crowded = await place(few)
        rows = [refusal(created_at=NOW - n * MINUTE) for n in range(7)]
        await crowded.inside.refusals.add(rows)
        first, second = few.sweeping(NOW), few.sweeping(NOW)
        assert [await one.take("refusal", 1) for one in (first, second)] == [1, 1]
        assert [await one.take("refusal", 9) for one in (first, second)] == [2, 0]
        kept = [row.refusal_id for row in rows[:3]]
        assert [one.refusal_id for one in await crowded.inside.refusals.page()] == kept
    finally:
        await few.close()


async def test_refusals_are_bounded_by_age(here: Place, store: SqlStore) -> None:
    month = 30 * DAY
    old, new = refusal(created_at=NOW - month - SECOND), refusal(created_at=NOW - month)
    await here.inside.refusals.add([old, new])
    assert (await swept(store, NOW, batch=100))["refusal"] == 1
    assert [one.refusal_id for one in await here.inside.refusals.page()] == [new.refusal_id]


async def test_refusals_are_bounded_by_number_in_each_tenant(store: SqlStore) -> None:
    few = SqlStore(store.url, refusals_kept=3)
    try:
        crowded, calm = await place(few), await place(few, "letters")
        rows = [refusal(created_at=NOW - n * MINUTE) for n in range(8)]
        await crowded.inside.refusals.add(rows)
        await calm.inside.refusals.add([refusal() for _ in range(3)])
        kept = [row.refusal_id for row in rows[:3]]
        assert [(await swept(few, NOW, batch=2))["refusal"] for _ in range(4)] == [2, 2, 1, 0]
        assert [one.refusal_id for one in await crowded.inside.refusals.page()] == kept
        assert len(await calm.inside.refusals.page()) == 3
    finally:
        await few.close()


async def test_one_batch_bounds_refusals_of_all_tenants_together(store: SqlStore) -> None:
    few = SqlStore(store.url, refusals_kept=1)
    try:
        for slug in ("a", "b", "c"):
            await (await place(few, slug)).inside.refusals.add([refusal(), refusal(), refusal()])
        assert [(await swept(few, NOW, batch=4))["refusal"] for _ in range(3)] == [4, 2, 0]
    finally:
        await few.close()


async def test_two_sweepers_share_the_work(
    here: Place, store: SqlStore, neighbour: SqlStore
) -> None:
    for n in range(60):
        await here.inside.nonces.spend("jti", f"v{n}", NOW + n * SECOND)
    live = await here.redeemed()
    gone = await at_once(
        *(swept(one, NOW + HOUR, batch=15) for one in (store, neighbour, store, neighbour))
    )
    assert sum(one["nonce"] for one in gone) == 60
    assert await here.inside.authorizations.get(live) is not None


async def test_the_latest_hundred_successes_of_each_client_stay(
    here: Place, elsewhere: Place, store: SqlStore
) -> None:
    rows = [success(created_at=NOW - n * SECOND) for n in range(sweep.SUCCESSES_KEPT + 5)]
    await here.inside.successes.add([*rows, success("calm", created_at=NOW - DAY)])
    await elsewhere.inside.successes.add([success()])
    assert [(await swept(store, NOW, batch=3))["success"] for _ in range(3)] == [3, 2, 0]
    kept = await here.inside.successes.page("printer", limit=1_000)
    assert [one.success_id for one in kept] == [one.success_id for one in rows[:-5]]
    assert len(await here.inside.successes.page("calm", limit=9)) == 1
    assert len(await elsewhere.inside.successes.page("printer", limit=9)) == 1


async def test_successes_are_bounded_by_age(here: Place, store: SqlStore) -> None:
    month = 30 * DAY
    old, new = success(created_at=NOW - month - SECOND), success(created_at=NOW - month)
    await here.inside.successes.add([old, new])
    assert (await swept(store, NOW, batch=100))["success"] == 1
    assert [one.success_id for one in await here.inside.successes.page("printer", limit=9)] == [
        new.success_id
    ]
