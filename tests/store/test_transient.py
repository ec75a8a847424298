"""What exists to expire: spent values, throttles, recorded refusals."""

from datetime import timedelta
from uuid import uuid4

import pytest

from consentry.store.sql.store import SqlStore
from store.rows import HOUR, NOW, SECOND, Place, at_once, refusal

# Nonces


async def test_a_value_counts_once(here: Place) -> None:
    assert await here.inside.nonces.spend("jti", "a", NOW + HOUR)
    assert not await here.inside.nonces.spend("jti", "a", NOW + HOUR)
    assert await here.inside.nonces.spend("jti", "b", NOW + HOUR)


async def test_a_value_counts_once_for_each_purpose_and_tenant(
    here: Place, elsewhere: Place
) -> None:
    """THREATS 32, 38"""
    assert await here.inside.nonces.spend("jti", "a", NOW + HOUR)
    assert await here.inside.nonces.spend("code", "a", NOW + HOUR)
    assert await elsewhere.inside.nonces.spend("jti", "a", NOW + HOUR)


async def test_of_50_who_spend_a_value_at_once_one_does(
    here: Place, store: SqlStore, neighbour: SqlStore
) -> None:
    """Across processes: half of them use a store of their own."""
    both = [one.inside(here.tenant.tenant_id).nonces for one in (store, neighbour)]
    spent = await at_once(*(both[n % 2].spend("jti", "a", NOW + HOUR) for n in range(50)))
    assert sum(spent) == 1


# Throttles


async def take(place: Place, after_s: float = 0, subject: str = "jane", **changed: int) -> int:
    given = {"count": 3, "period_s": 60, **changed}
    now = NOW + timedelta(seconds=after_s)
    return await place.inside.throttles.take(subject, now=now, **given)


async def test_a_burst_of_the_count_goes_through_and_no_more(here: Place) -> None:
    assert [await take(here) for _ in range(4)] == [0, 0, 0, 20]


async def test_attempts_come_back_evenly(here: Place) -> None:
    for _ in range(3):
        await take(here)
    assert await take(here, 19) == 1
    assert await take(here, 20) == 0
    assert await take(here, 20) == 20
    assert [await take(here, 80) for _ in range(4)] == [0, 0, 0, 20]


async def test_a_refused_attempt_costs_nothing(here: Place) -> None:
    """THREATS 49: who keeps trying does not lock the owner out for ever."""
    for _ in range(30):
        await take(here)
    assert await take(here, 20) == 0


async def test_a_long_rest_gives_one_burst_and_no_more(here: Place) -> None:
    await take(here)
    assert [await take(here, 3_600) for _ in range(4)] == [0, 0, 0, 20]


@pytest.mark.parametrize(("count", "period_s"), [(1, 1), (7, 1), (300, 1), (10, 3)])
async def test_a_burst_is_the_count_whatever_the_period(
    here: Place, count: int, period_s: int
) -> None:
    taken = [await take(here, count=count, period_s=period_s) for _ in range(count + 1)]
    assert taken == [0] * count + [1]


async def test_subjects_and_tenants_are_throttled_apart(here: Place, elsewhere: Place) -> None:
    assert await take(here, count=1) == 0
    assert await take(here, count=1) == 60
    assert await take(here, count=1, subject="bob") == 0
    assert await take(elsewhere, count=1, period_s=30) == 0
    assert await take(elsewhere, count=1, period_s=30) == 30
    assert await take(here, count=1) == 60


async def test_of_50_parallel_attempts_the_count_goes_through(
    here: Place, store: SqlStore, neighbour: SqlStore
) -> None:
    both = [one.inside(here.tenant.tenant_id).throttles for one in (store, neighbour)]
    waits = await at_once(
        *(both[n % 2].take("jane", count=5, period_s=50, now=NOW) for n in range(50))
    )
    assert sorted(waits) == [0] * 5 + [10] * 45


async def test_a_subject_that_proved_itself_starts_afresh(here: Place, elsewhere: Place) -> None:
    for place in (here, elsewhere):
        for subject in ("jane", "bob"):
            await take(place, count=1, subject=subject)
    await here.inside.throttles.give_back("jane")
    assert await take(here, count=1) == 0
    assert await take(here, count=1, subject="bob") == 60
    assert await take(elsewhere, count=1) == 60


async def test_an_attempt_given_back_is_there_again(here: Place, elsewhere: Place) -> None:
    for place in (here, elsewhere):
        for subject in ("jane", "bob"):
            assert [await take(place, count=2, subject=subject) for _ in range(2)] == [0, 0]
    await here.inside.throttles.give_one_back("jane", count=2, period_s=60)
    assert [await take(here, count=2) for _ in range(2)] == [0, 30]
    assert await take(here, count=2, subject="bob") == 30
    assert await take(elsewhere, count=2) == 30


async def test_a_throttle_outlives_the_process(
    here: Place, store: SqlStore, neighbour: SqlStore
) -> None:
    assert await take(here, count=1) == 0
    if "memdb" not in store.url:
        await store.close()
    inside = neighbour.inside(here.tenant.tenant_id)
    assert await inside.throttles.take("jane", count=1, period_s=60, now=NOW + SECOND) == 59


# Refusals


async def test_refusals_come_back_newest_first(here: Place, elsewhere: Place) -> None:
    old, new = refusal(created_at=NOW - HOUR), refusal(client_id="printer", received="a → b")
    await here.inside.refusals.add([old, new])
    await elsewhere.inside.refusals.add([refusal()])
    found = await here.inside.refusals.page()
    assert [one.model_dump() for one in found] == [new.model_dump(), old.model_dump()]
    assert found[0].tenant_id == here.tenant.tenant_id
    assert [one.refusal_id for one in await here.inside.refusals.page(client_id="printer")] == [
        new.refusal_id
    ]
    assert len(await here.inside.refusals.page(limit=1)) == 1


async def test_a_refusal_is_found_by_its_id_in_its_own_tenant(
    here: Place, elsewhere: Place
) -> None:
    row = refusal()
    await here.inside.refusals.add([row])
    found = await here.inside.refusals.get(row.refusal_id)
    assert found is not None
    assert found.model_dump() == row.model_dump()
    assert await elsewhere.inside.refusals.get(row.refusal_id) is None
    assert await here.inside.refusals.get(uuid4()) is None
