"""The two drivers that run hot statements."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import aiosqlite
from sqlalchemy.dialects.postgresql.asyncpg import dialect as postgresql_dialect
from sqlalchemy.dialects.sqlite.aiosqlite import dialect as sqlite_dialect
from sqlalchemy.engine import Dialect

from consentry.store.sql.connections import Connections
from consentry.store.sql.failures import meaning
from consentry.store.sql.hot import Hot

# Longest wait for a connection or a lock, and longest time a statement may take.
PATIENCE_S = 10.0


def pragmas(patience_s: float) -> tuple[str, ...]:
    """What each SQLite connection is told first."""
    return (
        f"PRAGMA busy_timeout={int(patience_s * 1000)}",
        # A commit is on the disk before it is answered, also when the power goes.
        "PRAGMA synchronous=FULL",
        "PRAGMA foreign_keys=ON",
    )


# The file remembers it, and no wait for a lock applies to it: who comes while another
# writes to a file that has it not yet leaves it to the next connection.
WRITE_AHEAD = "PRAGMA journal_mode=WAL"


class PostgresDriver:
    """Hot statements on connections of their own."""

    def __init__(self, url: str, size: int, patience_s: float) -> None:
        self.dialect: Dialect = postgresql_dialect()  # type: ignore[no-untyped-call]
        self._connections = Connections(url, size, patience_s)

    async def row(self, statement: Hot, **values: Any) -> Sequence[Any] | None:
        """The first row, or None. Raises Unavailable and Duplicate."""
        compiled = statement.on(self.dialect)
        arguments = compiled.arguments(values)
        try:
            found = await self._connections.fetch_row(compiled.sql, arguments)
        except Exception as error:
            if (meant := meaning(error)) is None:
                raise
            raise meant from error
        return None if found is None else compiled.row(found)

    def usage(self) -> tuple[int, int]:
        """Connections open and idle."""
        return self._connections.usage()

    async def close(self) -> None:
        """Close the connections."""
        await self._connections.close()


class SqliteDriver:
    """Hot statements on one aiosqlite connection, each its own transaction.

    A statement runs to its end in the connection's thread even when the request that
    asked for it is cancelled, so the connection is never half-used.
    """

    def __init__(self, path: str, patience_s: float) -> None:
        self.dialect: Dialect = sqlite_dialect()
        self._path, self._patience_s = path, patience_s
        self._connection: aiosqlite.Connection | None = None
        self._opening = asyncio.Lock()

    async def _open(self) -> aiosqlite.Connection:
        async with self._opening:
            if self._connection is None:
                made = aiosqlite.connect(
                    self._path, isolation_level=None, uri=self._path.startswith("file:")
                )
                # A process that must end does not wait for this thread (SQLAlchemy does so too).
                made._thread.daemon = True
                await made
                try:
                    for pragma in pragmas(self._patience_s):
                        await made.execute_fetchall(pragma)
                    with suppress(sqlite3.OperationalError):
                        await made.execute_fetchall(WRITE_AHEAD)
                except BaseException:
                    await made.close()
                    raise
                self._connection = made
        return self._connection

    async def row(self, statement: Hot, **values: Any) -> Sequence[Any] | None:
        """The first row, or None. Raises Unavailable and Duplicate."""
        compiled = statement.on(self.dialect)
        arguments = compiled.arguments(values)
        try:
            connection = self._connection or await self._open()
            found = list(await connection.execute_fetchall(compiled.sql, arguments))
        except Exception as error:
            if (meant := meaning(error)) is None:
                raise
            raise meant from error
        return compiled.row(found[0]) if found else None

    def usage(self) -> tuple[int, int]:
        """Connections open and idle."""
        return (0, 0) if self._connection is None else (1, 1)

    async def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


class NoDriver:
    """Stands where a transaction is: a protocol transition commits on its own.

    On SQLite it would wait for the very transaction that waits for it.
    """

    async def row(self, statement: Hot, **values: Any) -> Sequence[Any] | None:
        """Always a RuntimeError."""
        raise RuntimeError("this method commits on its own: call it outside of begin()")

    def usage(self) -> tuple[int, int]:
        """None of its own."""
        return 0, 0

    async def close(self) -> None:
        """Nothing to close."""
