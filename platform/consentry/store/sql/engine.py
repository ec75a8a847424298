"""Engine and sessions of everything that is not on the hot path."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from consentry.records.tenant import Tenant
from consentry.store.ports import Duplicate, Unavailable
from consentry.store.sql.drivers import AWAY, PRAGMAS

CHANNEL = "consentry_changes"


def sqlite_path(url: str) -> str:
    """The file (or `file:` URI) that a `sqlite:///` URL names."""
    return url.removeprefix("sqlite:///")


def make_engine(url: str, pool_size: int) -> AsyncEngine:
    """An async engine for `sqlite:///…` or `postgresql://…`."""
    options: dict[str, Any] = {
        "json_serializer": lambda value: orjson.dumps(value).decode(),
        "json_deserializer": orjson.loads,
    }
    if url.startswith("postgresql://"):
        return create_async_engine(
            url.replace("postgresql://", "postgresql+asyncpg://", 1),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            pool_pre_ping=False,
            connect_args={"timeout": 10, "command_timeout": 60},
            **options,
        )
    path = sqlite_path(url)
    suffix = "&uri=true" if path.startswith("file:") and "?" in path else ""
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}{suffix}", **options)
    sa.event.listen(engine.sync_engine, "connect", _set_pragmas)
    sa.event.listen(engine.sync_engine, "begin", _begin_immediate)
    return engine


def _set_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_immediate(connection: sa.Connection) -> None:
    # A transaction that reads first and writes later could not get the write lock.
    if not connection.get_execution_options().get("reads_only"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


class Work:
    """Gives sessions: one of its own for each call, or one shared by all of `begin`."""

    def __init__(self, engine: AsyncEngine, shared: AsyncSession | None = None) -> None:
        self._engine = engine
        self._reader = engine.execution_options(reads_only=True)
        self._shared = shared

    @property
    def is_sqlite(self) -> bool:
        """Whether the dialect is SQLite."""
        return self._engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def session(self, *, reads_only: bool = False) -> AsyncIterator[AsyncSession]:
        """A session, committed at the end unless it is the shared one.

        reads_only: nothing is written, so SQLite needs no write lock.
        Raises Duplicate on a broken unique key and Unavailable without a database.
        """
        engine = self._reader if reads_only else self._engine
        try:
            if self._shared is not None:
                yield self._shared
                await self._shared.flush()
                return
            async with AsyncSession(engine, expire_on_commit=False) as session:
                yield session
                await session.commit()
        except IntegrityError as error:
            raise Duplicate(_what(error)) from error
        except (OperationalError, InterfaceError) as error:
            raise Unavailable(type(error.orig).__name__) from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise Unavailable(type(error.orig).__name__) from error
            raise
        except (*AWAY, sqlite3.OperationalError, sa.exc.TimeoutError) as error:
            raise Unavailable(type(error).__name__) from error

    def reading(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A session for reads alone."""
        return self.session(reads_only=True)

    @asynccontextmanager
    async def joined(self) -> AsyncIterator["Work"]:
        """Work whose every session is one transaction, committed at the end."""
        async with self.session() as session:
            yield Work(self._engine, session)

    async def changed(self, session: AsyncSession, tenant_id: UUID) -> None:
        """Tell every process, with this commit, that the tenant's configuration changed."""
        await session.execute(
            sa.update(Tenant)
            .where(sa.column("tenant_id") == tenant_id)
            .values(changed_at=datetime.now(UTC))
        )
        if not self.is_sqlite:
            await session.execute(sa.select(sa.func.pg_notify(CHANNEL, str(tenant_id))))


def _what(error: IntegrityError) -> str:
    text = str(error.orig)
    detail = getattr(getattr(error.orig, "__cause__", None), "detail", None)
    return str(detail or text)[:200]
