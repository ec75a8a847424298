"""A bounded set of PostgreSQL connections, lent for one statement each.

A general pool pays for what a single statement does not need: a proxy, a reset and a
task for every loan. Here a loan costs a `list.pop`, and one rule keeps it safe: a
connection comes back only from a statement that ended on its own. After anything else
(a cancelled request, a statement out of time, a lost server) it is closed, which
cancels what still runs, and another is opened in its place.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, TypeAlias

import asyncpg

from consentry.store.ports import Unavailable

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
# Shorter than what firewalls allow a silent connection.
IDLE_S = 300.0
CLOSE_S = 2.0
ASYNCPG_ERRORS = asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError


class Connections:
    """At most `size` connections to `url`, opened when needed; the last used goes first.

    patience_s: longest wait for a connection, and longest time a statement may take.
    """

    def __init__(self, url: str, size: int, patience_s: float) -> None:
        self._url, self._size, self._patience_s = url, size, patience_s
        self._idle: list[tuple[Connection, float]] = []
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._retiring: set[asyncio.Task[None]] = set()
        self._open = 0
        self._closed = False

    async def fetch_row(self, sql: str, arguments: Sequence[Any]) -> asyncpg.Record | None:
        """The statement's first row. Raises the driver's errors, TimeoutError among them."""
        connection = self._at_hand() or await self._wait()
        try:
            found: asyncpg.Record | None = await connection.fetchrow(sql, *arguments)
        except asyncpg.PostgresError as error:
            # The server's own answer: the statement is over, unless the connection is.
            if error.severity_en == "ERROR":
                self._give_back(connection)
            else:
                self._retire(connection)
            raise
        except BaseException:
            self._retire(connection)
            raise
        self._give_back(connection)
        return found

    def usage(self) -> tuple[int, int]:
        """Connections open and idle."""
        return self._open, len(self._idle)

    async def close(self) -> None:
        """Close all that is idle; what is lent closes when it comes back."""
        self._closed = True
        while self._idle:
            self._retire(self._idle.pop()[0])
        while self._retiring:
            await asyncio.wait(self._retiring)

    def _at_hand(self) -> Connection | None:
        while self._idle:
            connection, since = self._idle.pop()
            if connection.is_closed():
                self._free_slot()
            elif asyncio.get_running_loop().time() - since > IDLE_S:
                self._retire(connection)
            else:
                return connection
        return None

    async def _wait(self) -> Connection:
        """A connection in time: a new one while there is room, else the next freed."""
        if self._closed:
            raise Unavailable("the store is closed")
        async with asyncio.timeout(self._patience_s):
            if self._open < self._size:
                self._open += 1
            elif lent := await self._in_line():
                return lent
            return await self._connect()

    async def _in_line(self) -> Connection | None:
        """What another gives back, or None for the right to open one in its place."""
        turn: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except BaseException:
            # Cancelled in the moment its turn came: pass it on.
            if not turn.cancelled():
                connection = turn.result()
                if connection is None:
                    self._free_slot()
                else:
                    self._give_back(connection)
            raise

    async def _connect(self) -> Connection:
        try:
            made: Connection = await asyncpg.connect(
                self._url,
                timeout=self._patience_s,
                command_timeout=self._patience_s,
                server_settings={"application_name": "consentry", "jit": "off"},
            )
        except BaseException:
            self._free_slot()
            raise
        return made

    def _give_back(self, connection: Connection) -> None:
        if self._closed or connection.is_closed():
            self._retire(connection)
        elif not self._hand_over(connection):
            self._idle.append((connection, asyncio.get_running_loop().time()))

    def _free_slot(self) -> None:
        if not self._hand_over(None):
            self._open -= 1

    def _hand_over(self, connection: Connection | None) -> bool:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return True
        return False

    def _retire(self, connection: Connection) -> None:
        """Close it beside the request; its slot is free when that is done."""
        task = asyncio.get_running_loop().create_task(self._end(connection))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    async def _end(self, connection: Connection) -> None:
        try:
            # Waits until the server has stopped the statement, if one still runs.
            await connection.close(timeout=CLOSE_S)
        except (OSError, *ASYNCPG_ERRORS):
            connection.terminate()
        finally:
            self._free_slot()
