"""What has expired goes, in bounded batches; nothing live does."""

from consentry.store.sql import sweep, tables
from consentry.store.sql.store import SqlStore
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
from store.test_tenants import counted, fill

SWEPT = {*sweep.RULES, "refusal", "success", "audit"}


def test_every_table_has_a_rule_of_death_or_a_reason_to_stay() -> None:
    """DESIGN: each table has one rule in one registry. THREATS 57"""
    assert set(tables.metadata.tables) == SWEPT | set(sweep.KEPT)
    assert not SWEPT & set(sweep.KEPT)
    assert all(sweep.KEPT.values())


def test_every_rule_has_an_index_to_find_the_dead_by() -> None:
    for name, rule in sweep.RULES.items():
        indexes = rule.column.table.indexes if hasattr(rule.column.table, "indexes") else set()
        firsts = {next(iter(index.columns)).name for index in indexes}
        assert rule.column.name in firsts, name


async def test_nothing_live_goes(here: Place, store: SqlStore) -> None:
    await fill(here)
    before = await counted(store, here.tenant.tenant_id)
    assert set((await store.sweep(NOW, batch=100)).values()) == {0}
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
    gone = await store.sweep(NOW + 401 * DAY, batch=100)
    assert gone == dict.fromkeys(SWEPT, 1)
    left = await counted(store, here.tenant.tenant_id)
    assert {name for name, count in left.items() if count == 0} == SWEPT
    assert set((await store.sweep(NOW + 401 * DAY, batch=100)).values()) == {0}


async def test_an_ended_row_stays_a_day_so_that_its_replay_is_recognised(
    here: Place, store: SqlStore
) -> None:
    id = await here.authorized(expires_at=NOW)
    row = login(here.user.user_id, expires_at=NOW)
    await here.inside.logins.start(row, replaces=None)
    kept = await store.sweep(NOW + DAY, batch=100)
    assert (kept["authorization"], kept["login"]) == (0, 0)
    assert await here.inside.authorizations.get(id) is not None
    gone = await store.sweep(NOW + DAY + SECOND, batch=100)
    assert (gone["authorization"], gone["login"]) == (1, 1)


async def test_a_throttle_that_is_swept_says_what_it_said(here: Place, store: SqlStore) -> None:
    throttles = here.inside.throttles
    assert await throttles.take("jane", count=1, period_s=60, now=NOW) == 0
    assert (await store.sweep(NOW + MINUTE, batch=9))["throttle"] == 0
    assert (await store.sweep(NOW + MINUTE + SECOND, batch=9))["throttle"] == 1
    assert await throttles.take("jane", count=1, period_s=60, now=NOW + MINUTE + SECOND) == 0


async def test_batches_are_bounded_and_take_the_oldest_first(here: Place, store: SqlStore) -> None:
    for n in (3, 1, 4, 2, 5):
        await here.inside.nonces.spend("jti", f"v{n}", NOW + n * SECOND)
    late = NOW + HOUR
    assert (await store.sweep(late, batch=2))["nonce"] == 2
    assert not await here.inside.nonces.spend("jti", "v3", late)
    assert await here.inside.nonces.spend("jti", "v2", late)
    assert [(await store.sweep(late + SECOND, batch=2))["nonce"] for _ in range(3)] == [2, 2, 0]


async def test_refusals_are_bounded_by_age(here: Place, store: SqlStore) -> None:
    month = 30 * DAY
    old, new = refusal(created_at=NOW - month - SECOND), refusal(created_at=NOW - month)
    await here.inside.refusals.add([old, new])
    assert (await store.sweep(NOW, batch=100))["refusal"] == 1
    assert [one.refusal_id for one in await here.inside.refusals.page()] == [new.refusal_id]


async def test_refusals_are_bounded_by_number_in_each_tenant(store: SqlStore) -> None:
    few = SqlStore(store.url, refusals_kept=3)
    try:
        crowded, calm = await place(few), await place(few, "letters")
        rows = [refusal(created_at=NOW - n * MINUTE) for n in range(8)]
        await crowded.inside.refusals.add(rows)
        await calm.inside.refusals.add([refusal() for _ in range(3)])
        kept = [row.refusal_id for row in rows[:3]]
        assert [(await few.sweep(NOW, batch=2))["refusal"] for _ in range(4)] == [2, 2, 1, 0]
        assert [one.refusal_id for one in await crowded.inside.refusals.page()] == kept
        assert len(await calm.inside.refusals.page()) == 3
    finally:
        await few.close()


async def test_one_batch_bounds_refusals_of_all_tenants_together(store: SqlStore) -> None:
    few = SqlStore(store.url, refusals_kept=1)
    try:
        for slug in ("a", "b", "c"):
            await (await place(few, slug)).inside.refusals.add([refusal(), refusal(), refusal()])
        assert [(await few.sweep(NOW, batch=4))["refusal"] for _ in range(3)] == [4, 2, 0]
    finally:
        await few.close()


async def test_two_sweepers_share_the_work(
    here: Place, store: SqlStore, neighbour: SqlStore
) -> None:
    for n in range(60):
        await here.inside.nonces.spend("jti", f"v{n}", NOW + n * SECOND)
    live = await here.redeemed()
    gone = await at_once(
        *(one.sweep(NOW + HOUR, batch=15) for one in (store, neighbour, store, neighbour))
    )
    assert sum(one["nonce"] for one in gone) == 60
    assert await here.inside.authorizations.get(live) is not None


async def test_the_latest_hundred_successes_of_each_client_stay(
    here: Place, elsewhere: Place, store: SqlStore
) -> None:
    rows = [success(created_at=NOW - n * SECOND) for n in range(sweep.SUCCESSES_KEPT + 5)]
    await here.inside.successes.add([*rows, success("calm", created_at=NOW - DAY)])
    await elsewhere.inside.successes.add([success()])
    assert [(await store.sweep(NOW, batch=3))["success"] for _ in range(3)] == [3, 2, 0]
    kept = await here.inside.successes.page("printer", limit=1_000)
    assert [one.success_id for one in kept] == [one.success_id for one in rows[:-5]]
    assert len(await here.inside.successes.page("calm", limit=9)) == 1
    assert len(await elsewhere.inside.successes.page("printer", limit=9)) == 1


async def test_successes_are_bounded_by_age(here: Place, store: SqlStore) -> None:
    month = 30 * DAY
    old, new = success(created_at=NOW - month - SECOND), success(created_at=NOW - month)
    await here.inside.successes.add([old, new])
    assert (await store.sweep(NOW, batch=100))["success"] == 1
    assert [one.success_id for one in await here.inside.successes.page("printer", limit=9)] == [
        new.success_id
    ]
