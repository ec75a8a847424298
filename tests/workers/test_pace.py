"""How fast work in the background may go."""

import asyncio
from time import perf_counter

import pytest

from consentry_workers.pace import BUSY_S, MOST_ROWS, Pace


class Database:
    """Something that answers after a while; `slow`: how often."""

    def __init__(self, slow: int = 0) -> None:
        self.slow, self.asked = slow, 0

    async def ping(self) -> None:
        self.asked += 1
        if self.slow:
            self.slow -= 1
            await asyncio.sleep(BUSY_S * 1.1)


@pytest.mark.parametrize(("rows", "batch"), [(5_000, 200), (3, 1), (10**6, MOST_ROWS)])
def test_a_batch_is_a_twenty_fifth_of_a_second_of_the_budget(rows: int, batch: int) -> None:
    assert Pace(rows, Database().ping).batch == batch


async def test_batches_keep_to_the_budget() -> None:
    pace, began = Pace(1_000, Database().ping), perf_counter()
    for _ in range(3):
        await pace.calm()
        await pace.rest(pace.batch)
    assert 0.12 <= perf_counter() - began < 0.4


async def test_who_took_the_time_need_not_wait_for_it() -> None:
    pace = Pace(10_000, Database().ping)
    await pace.calm()
    await asyncio.sleep(BUSY_S * 0.8)
    began = perf_counter()
    await pace.rest(10)
    assert perf_counter() - began < 0.01


async def test_a_slow_batch_is_followed_by_a_pause_as_long() -> None:
    pace = Pace(10**6, Database().ping)
    await pace.calm()
    await asyncio.sleep(BUSY_S * 2)
    began = perf_counter()
    await pace.rest(100)
    assert perf_counter() - began >= BUSY_S * 2


async def test_a_busy_database_is_left_alone_until_it_is_calm() -> None:
    database = Database(slow=2)
    await Pace(1_000, database.ping).calm()
    assert database.asked == 3


async def test_a_database_that_stays_busy_is_swept_all_the_same() -> None:
    began = perf_counter()
    await Pace(1_000, Database(slow=100).ping, patience_s=0.3).calm()
    assert 0.1 < perf_counter() - began < 0.5
