"""How fast work in the background may go, so that requests do not feel it."""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Final

BATCHES_A_SECOND: Final = 25
MOST_ROWS: Final = 1_000
"""Of one batch: it holds its locks, and on SQLite the whole file, for some milliseconds."""
BUSY_S: Final = 0.02
PATIENCE_S: Final = 2.0


class Pace:
    """Batches of rows within a budget, and slower while the database is busy.

    Busy is measured as requests feel it: by the time of an empty statement over their own pool
    of connections. That holds the wait for a free connection, the event loop, the network and
    the server's processors and locks, needs no right to look into the server, and is the same
    on SQLite. (Numbers of active connections say little without the number of processors, and
    a replica's lag is seen by privileged roles only.)
    """

    def __init__(
        self,
        rows_a_second: int,
        ping: Callable[[], Awaitable[None]],
        *,
        patience_s: float = PATIENCE_S,
        now: Callable[[], float] = perf_counter,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """ping: an empty statement. patience_s: the longest wait for a calm database.

        now: seconds of a clock that only goes ahead; sleep: waits so many of them.
        """
        self._rows_a_second, self._ping, self._patience_s = rows_a_second, ping, patience_s
        self._now, self._sleep = now, sleep
        self.batch = max(1, min(rows_a_second // BATCHES_A_SECOND, MOST_ROWS))
        self._began = now()

    async def calm(self) -> None:
        """Return when the database is not busy, after `patience_s` in any case.

        For what expires must go also from a database that is busy for hours: left lying it
        would be busier still. Raises Unavailable.
        """
        self._began, pause = self._now(), BUSY_S
        while await self._ping_s() > BUSY_S and self._spent_s() + pause < self._patience_s:
            await self._sleep(pause)
            pause *= 2
        self._began = self._now()

    async def rest(self, rows: int) -> None:
        """Wait out the time that so many rows are given, since `calm` returned.

        A slow batch is followed by a pause as long as it was, so that it has no more than half
        of the time of a slow disk.
        """
        took = self._spent_s()
        await self._sleep(max(rows / self._rows_a_second - took, 0, took if took > BUSY_S else 0))

    async def _ping_s(self) -> float:
        began = self._now()
        await self._ping()
        return self._now() - began

    def _spent_s(self) -> float:
        return self._now() - self._began
