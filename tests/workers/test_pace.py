"""How fast work in the background may go."""

from time import perf_counter

import pytest

from consentry_workers.pace import BUSY_S, MOST_ROWS, Pace


class Hours:
    """A clock of its own: time passes only while somebody sleeps, works or asks the database."""

    def __init__(self, slow: int = 0) -> None:
        """slow: how many questions the database takes too long to answer."""
        self.at, self.slow, self.asked = 0.0, slow, 0

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.at += seconds

    async def ping(self) -> None:
        self.asked += 1
        if self.slow:
            self.slow -= 1
            await self.sleep(BUSY_S * 1.1)

    def pace(self, rows_a_second: int, patience_s: float = 2.0) -> Pace:
        return Pace(rows_a_second, self.ping, patience_s=patience_s, now=self.now, sleep=self.sleep)


@pytest.mark.parametrize(("rows", "batch"), [(5_000, 200), (3, 1), (10**6, MOST_ROWS)])
def test_a_batch_is_a_twenty_fifth_of_a_second_of_the_budget(rows: int, batch: int) -> None:
    assert Hours().pace(rows).batch == batch


async def test_batches_keep_to_the_budget() -> None:
    hours = Hours()
    pace = hours.pace(1_000)
    for _ in range(3):
        await pace.calm()
        await hours.sleep(BUSY_S / 2)
        await pace.rest(pace.batch)
    assert hours.at == pytest.approx(3 * pace.batch / 1_000)


async def test_who_took_the_time_need_not_wait_for_it() -> None:
    hours = Hours()
    pace = hours.pace(10_000)
    await pace.calm()
    await hours.sleep(BUSY_S * 0.8)
    await pace.rest(10)
    assert hours.at == pytest.approx(BUSY_S * 0.8)


async def test_a_slow_batch_is_followed_by_a_pause_as_long() -> None:
    hours = Hours()
    pace = hours.pace(10**6)
    await pace.calm()
    await hours.sleep(BUSY_S * 2)
    await pace.rest(100)
    assert hours.at == pytest.approx(BUSY_S * 4)


async def test_the_wait_for_a_calm_database_is_not_time_of_the_batch() -> None:
    hours = Hours(slow=2)
    pace = hours.pace(1_000)
    await pace.calm()
    began = hours.at
    await pace.rest(pace.batch)
    assert hours.at - began == pytest.approx(pace.batch / 1_000)


async def test_a_busy_database_is_left_alone_until_it_is_calm() -> None:
    hours = Hours(slow=2)
    await hours.pace(1_000).calm()
    assert hours.asked == 3
    assert hours.at == pytest.approx(2 * BUSY_S * 1.1 + BUSY_S + 2 * BUSY_S)


async def test_a_database_that_stays_busy_is_swept_all_the_same() -> None:
    hours = Hours(slow=100)
    await hours.pace(1_000, patience_s=0.3).calm()
    assert 0.1 < hours.at <= 0.3


async def test_the_rest_of_a_batch_is_truly_slept() -> None:
    pace, began = Pace(1_000, Hours().ping), perf_counter()
    await pace.calm()
    await pace.rest(pace.batch)
    assert perf_counter() - began >= 0.04
