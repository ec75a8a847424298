"""Attempts, counted alike by every database and by Redis."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from consentry.store.redis.throttles import redis_throttles
from consentry.store.sql.store import SqlStore
from consentry.store.throttling import ThrottlesOf, in_database
from store.conftest import DATABASES
from store.rows import NOW, SECOND, Place, at_once


@pytest.fixture(params=[*DATABASES, "redis"])
def counted_in(request: pytest.FixtureRequest) -> str:
    """Where attempts are counted."""
    return str(request.param)


@pytest.fixture
def database(counted_in: str, request: pytest.FixtureRequest) -> str:
    """Beside Redis, an SQLite file."""
    return str(request.getfixturevalue(DATABASES.get(counted_in, DATABASES["sqlite"])))


@pytest.fixture
async def opened(
    counted_in: str, database: str, request: pytest.FixtureRequest
) -> AsyncIterator[tuple[SqlStore, SqlStore]]:
    """The store as two processes open it."""
    async with AsyncExitStack() as stack:
        both: list[SqlStore] = []
        for _ in range(2):
            throttles_of: ThrottlesOf = in_database
            if counted_in == "redis":
                redis = redis_throttles(request.getfixturevalue("redis_url"), answer_s=5)
                throttles_of = await stack.enter_async_context(redis)
            made = SqlStore(database, throttles_of=throttles_of)
            stack.push_async_callback(made.close)
            both.append(made)
        yield both[0], both[1]


@pytest.fixture
def store(opened: tuple[SqlStore, SqlStore]) -> SqlStore:
    """An empty store."""
    return opened[0]


@pytest.fixture
def neighbour(opened: tuple[SqlStore, SqlStore]) -> SqlStore:
    """The same, as another process has it."""
    return opened[1]


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


async def test_no_attempt_is_counted_inside_a_transaction(here: Place) -> None:
    """It would be taken back with it."""
    async with here.store.begin() as joined:
        throttles = joined.inside(here.tenant.tenant_id).throttles
        with pytest.raises(RuntimeError, match="outside of begin"):
            await throttles.take("jane", count=1, period_s=60, now=NOW)
    assert await take(here, count=1) == 0
