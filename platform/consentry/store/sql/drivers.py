"""The two drivers that run hot statements."""

import asyncio
from collections.abc import Sequence
from typing import Any

import aiosqlite
from sqlalchemy.dialects.postgresql.asyncpg import dialect as postgresql_dialect
from sqlalchemy.dialects.sqlite.aiosqlite import dialect as sqlite_dialect
from sqlalchemy.engine import Dialect

from consentry.store.sql.connections import Connections
from consentry.store.sql.failures import meaning
from consentry.store.sql.hot import Hot

PRAGMAS = (
    "PRAGMA busy_timeout=5000",
    "PRAGMA journal_mode=WAL",
    # A commit is on the disk before it is answered, also when the power goes.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
)


class PostgresDriver:
    """Hot statements on connections of their own."""

    def __init__(self, url: str, size: int) -> None:
        self.dialect: Dialect = postgresql_dialect()  # type: ignore[no-untyped-call]
        self._connections = Connections(url, size)

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

    def __init__(self, path: str) -> None:
        self.dialect: Dialect = sqlite_dialect()
        self._path = path
        self._connection: aiosqlite.Connection | None = None
        self._opening = asyncio.Lock()

    async def _open(self) -> aiosqlite.Connection:
        async with self._opening:
            if self._connection is None:
                made = await aiosqlite.connect(
                    self._path, isolation_level=None, uri=self._path.startswith("file:")
                )
                try:
                    for pragma in PRAGMAS:
                        await made.execute_fetchall(pragma)
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
