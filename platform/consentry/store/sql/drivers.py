"""The two drivers that run hot statements."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
import asyncpg
from sqlalchemy.dialects.postgresql.asyncpg import dialect as postgresql_dialect
from sqlalchemy.dialects.sqlite.aiosqlite import dialect as sqlite_dialect
from sqlalchemy.engine import Dialect

from consentry.store.ports import Unavailable
from consentry.store.sql.hot import Hot

AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncio.TimeoutError,
)
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # A commit is on the disk before it is answered, also when the power goes.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
)


class _Connection(asyncpg.Connection):  # type: ignore[type-arg, misc]
    """A pooled connection; nothing of ours leaves state behind that wants resetting."""

    async def reset(self, *, timeout: float | None = None) -> None:
        """Roll back what a cancelled request may have left open."""
        if self.is_in_transaction():
            await self.execute("ROLLBACK", timeout=timeout)


class PostgresDriver:
    """Hot statements on an asyncpg pool."""

    def __init__(self, url: str, size: int) -> None:
        self.dialect: Dialect = postgresql_dialect()
        self._url, self._size = url, size
        self._pool: asyncpg.Pool[Any] | None = None
        self._opening = asyncio.Lock()

    async def pool(self) -> "asyncpg.Pool[Any]":
        """The pool, opened when first asked for."""
        if self._pool is None:
            async with self._opening:
                if self._pool is None:
                    self._pool = await asyncpg.create_pool(
                        self._url,
                        min_size=1,
                        max_size=self._size,
                        connection_class=_Connection,
                        command_timeout=30,
                        timeout=10,
                        server_settings={"application_name": "consentry", "jit": "off"},
                    )
        return self._pool

    async def row(self, statement: Hot, **values: Any) -> Sequence[Any] | None:
        """The first row, or None. Raises Unavailable when the database is away."""
        compiled = statement.on(self.dialect)
        arguments = compiled.arguments(values)
        try:
            pool = self._pool or await self.pool()
            async with pool.acquire(timeout=10) as connection:
                found = await connection.fetchrow(compiled.sql, *arguments)
        except AWAY as error:
            raise Unavailable(type(error).__name__) from error
        return None if found is None else compiled.row(found)

    def usage(self) -> tuple[int, int]:
        """Connections open and idle."""
        if self._pool is None:
            return 0, 0
        return self._pool.get_size(), self._pool.get_idle_size()

    async def close(self) -> None:
        """Close the pool's connections."""
        if self._pool is not None:
            await self._pool.close()


class SqliteDriver:
    """Hot statements on one aiosqlite connection, each its own transaction."""

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
                for pragma in PRAGMAS:
                    await made.execute(pragma)
                self._connection = made
        return self._connection

    async def row(self, statement: Hot, **values: Any) -> Sequence[Any] | None:
        """The first row, or None. Raises Unavailable when the file cannot be used."""
        compiled = statement.on(self.dialect)
        arguments = compiled.arguments(values)
        try:
            connection = self._connection or await self._open()
            found = list(await connection.execute_fetchall(compiled.sql, arguments))
        except sqlite3.OperationalError as error:
            raise Unavailable(str(error)) from error
        return compiled.row(found[0]) if found else None

    def usage(self) -> tuple[int, int]:
        """Connections open and idle."""
        return (0, 0) if self._connection is None else (1, 1)

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()


@asynccontextmanager
async def availability() -> AsyncIterator[None]:
    """Turn a driver's «the database is away» into `Unavailable`."""
    try:
        yield
    except AWAY as error:
        raise Unavailable(type(error).__name__) from error
