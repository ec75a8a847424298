"""Engine and sessions of everything that is not on the hot path."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
    suppress,
)
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlmodel import SQLModel

from consentry.store.ports import Duplicate
from consentry.store.sql import tables
from consentry.store.sql.drivers import PATIENCE_S, WRITE_AHEAD, pragmas
from consentry.store.sql.failures import meaning

CHANNEL = "consentry_changes"


def sqlite_path(url: str) -> str:
    """The file (or `file:` URI) that a `sqlite:///` URL names."""
    path = url.removeprefix("sqlite:///")
    if path in ("", ":memory:"):
        raise ValueError("name a file: every connection would see a database of its own")
    return path


def make_engine(url: str, pool_size: int, *, patience_s: float = PATIENCE_S) -> AsyncEngine:
    """An async engine for `sqlite:///…` or `postgresql://…`.

    patience_s: longest wait for a connection or a lock. On PostgreSQL also the longest time
    of a statement, or of a transaction that does nothing, before it is ended by us and,
    should we be gone, by the server.
    """
    options: dict[str, Any] = {
        # An error's text reaches the log; values may be secrets.
        "hide_parameters": True,
        "json_serializer": lambda value: orjson.dumps(value).decode(),
        "json_deserializer": orjson.loads,
    }
    if url.startswith("postgresql://"):
        return _postgres_engine(url, pool_size, patience_s, options)
    path = sqlite_path(url)
    made = sa.URL.create(
        "sqlite+aiosqlite", database=path, query={"uri": "true"} if path[:5] == "file:" else {}
    )
    engine = create_async_engine(made, pool_timeout=patience_s, **options)
    sa.event.listen(engine.sync_engine, "connect", lambda made, _: _set_pragmas(made, patience_s))
    sa.event.listen(engine.sync_engine, "begin", _begin_immediate)
    return engine


def _postgres_engine(
    url: str, pool_size: int, patience_s: float, options: dict[str, Any]
) -> AsyncEngine:
    async def connect() -> "asyncpg.Connection[asyncpg.Record]":
        # The driver reads the address itself, as for hot statements, so that `?sslmode=` and
        # the like mean the same to both.
        return await asyncpg.connect(
            url,
            timeout=min(patience_s, PATIENCE_S),
            command_timeout=patience_s,
            server_settings={
                "application_name": "consentry",
                "jit": "off",
                "statement_timeout": f"{int(patience_s * 1000)}ms",
                "idle_in_transaction_session_timeout": f"{int(patience_s * 1000)}ms",
            },
        )

    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=patience_s,
        **options,
    )
    sa.event.listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(connection: Any, _record: object, _proxy: object) -> None:
    # No round trip: the driver knows when the server has hung up. The pool opens another.
    if connection.driver_connection.is_closed():
        raise sa.exc.DisconnectionError


def _set_pragmas(connection: Any, patience_s: float) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in pragmas(patience_s):
        cursor.execute(pragma)
    with suppress(sqlite3.OperationalError):
        cursor.execute(WRITE_AHEAD)
    cursor.close()


def _begin_immediate(connection: sa.Connection) -> None:
    # A transaction that reads first and writes later could not get the write lock.
    if not connection.get_execution_options().get("reads_only"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def translated() -> Iterator[None]:
    """Turn errors of the driver into those of the port."""
    try:
        yield
    except Exception as error:
        if (meant := meaning(error)) is None:
            raise
        raise meant from error


class Work:
    """Gives sessions: one of its own for each call, or one shared by all of `begin`."""

    def __init__(self, engine: AsyncEngine, shared: AsyncSession | None = None) -> None:
        self._engine = engine
        # One statement needs no BEGIN and no COMMIT around it. (On SQLite there is none.)
        alone = {} if engine.dialect.name == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
        self._reader = engine.execution_options(reads_only=True, **alone)
        self._shared = shared

    @property
    def is_sqlite(self) -> bool:
        """Whether the dialect is SQLite."""
        return self._engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def session(self, *, reads_only: bool = False) -> AsyncIterator[AsyncSession]:
        """A session, committed at the end.

        reads_only: nothing is written, so SQLite needs no write lock.
        Raises Duplicate on a broken unique key and Unavailable without a database.
        """
        with translated():
            if self._shared is not None:
                async with self._part_of(self._shared, reads_only) as session:
                    yield session
                return
            engine = self._reader if reads_only else self._engine
            async with AsyncSession(engine, expire_on_commit=False) as session:
                yield session
                await session.commit()

    @asynccontextmanager
    async def _part_of(self, shared: AsyncSession, reads_only: bool) -> AsyncIterator[AsyncSession]:
        """One method inside `begin`: a savepoint, so that it happens wholly or not at all."""
        try:
            async with nullcontext() if reads_only else shared.begin_nested():
                yield shared
        finally:
            # The next method reads what is stored, not what this one remembers.
            shared.expunge_all()

    def reading(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A session for reads alone."""
        return self.session(reads_only=True)

    @asynccontextmanager
    async def joined(self) -> AsyncIterator["Work"]:
        """Work whose every session is part of one transaction, committed at the end."""
        async with self.session() as session:
            yield Work(self._engine, session)

    async def save(self, row: SQLModel, *, news_of: UUID | None = None) -> None:
        """Insert or update one row. Raises Duplicate when a unique value is another row's.

        news_of: the tenant whose configuration this is.
        """
        try:
            await self._save(row, news_of)
        except Duplicate:
            # Another process may have inserted this very row meanwhile: now update it.
            await self._save(row, news_of)

    async def _save(self, row: SQLModel, news_of: UUID | None) -> None:
        async with self.session() as session:
            await session.merge(row)
            if news_of is not None:
                await session.flush()
                await self.changed(session, news_of)

    async def changed(self, session: AsyncSession, tenant_id: UUID) -> None:
        """Tell every process, with this commit, that the tenant's configuration changed."""
        stamped = await session.execute(
            sa.update(tables.tenant)
            .where(tables.tenant.c.tenant_id == tenant_id)
            .values(changed_at=datetime.now(UTC))
            .returning(tables.tenant.c.tenant_id)
        )
        if not self.is_sqlite:
            await session.execute(sa.select(sa.func.pg_notify(CHANNEL, str(tenant_id))))
        elif stamped.first() is None:
            await _count(session)  # The base host has keys and no row among the tenants.

    async def gone(self, session: AsyncSession, tenant_id: UUID) -> None:
        """Tell every process, with this commit, that there is no such tenant any more."""
        if self.is_sqlite:
            await _count(session)
        else:
            await self.changed(session, tenant_id)


async def _count(session: AsyncSession) -> None:
    """A row that is not there cannot say when it changed: a number in the file does."""
    number = (await session.execute(ROWLESS_CHANGES)).scalar_one()
    await session.execute(sa.text(f"PRAGMA user_version = {(int(number) + 1) % 2**31}"))


ROWLESS_CHANGES = sa.text("PRAGMA user_version")
