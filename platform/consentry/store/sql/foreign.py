"""Another product's database, read and never written."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from consentry.store.sql.engine import sqlite_path

Row = Mapping[str, Any]
FAILURES = (sa.exc.DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


class Unreadable(Exception):
    """Another product's database cannot be read; the text says why, without its address."""


class ForeignDatabase:
    """Its tables as rows of plain values, all as they were when it was opened."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._tables: dict[str, sa.TableClause | None] = {}
        self._keys: dict[str, str | None] = {}

    async def columns(self, table: str) -> frozenset[str]:
        """The columns of a table, none if there is no such table."""
        found = await self._table(table)
        return frozenset() if found is None else frozenset(found.c.keys())

    async def pages(self, table: str, size: int = 500) -> AsyncIterator[list[Row]]:
        """Every row, page by page in the order of the primary key."""
        found = await self._table(table)
        if found is None:
            return
        query, key = sa.select(found), self._keys[table]
        if key is None:
            # Nothing to go on from.
            if rows := await self._rows(query):
                yield rows
            return
        query = query.order_by(found.c[key]).limit(size)
        page = await self._rows(query)
        while page:
            yield page
            page = await self._rows(query.where(found.c[key] > page[-1][key]))

    async def matching(self, table: str, column: str, values: Sequence[object]) -> list[Row]:
        """The rows whose column has one of these values."""
        found = await self._table(table)
        if found is None or not values:
            return []
        return await self._rows(sa.select(found).where(found.c[column].in_(values)))

    async def _rows(self, query: sa.Select[Any]) -> list[Row]:
        with _readable():
            return [dict(row) for row in (await self._connection.execute(query)).mappings()]

    async def _table(self, name: str) -> sa.TableClause | None:
        if name not in self._tables:
            with _readable():
                columns, key = await self._connection.run_sync(_shape, name)
            # Columns without types: values come as the driver gives them.
            made = sa.table(name, *(sa.column(one) for one in columns)) if columns else None
            self._tables[name], self._keys[name] = made, key
        return self._tables[name]


def _shape(connection: sa.Connection, table: str) -> tuple[list[str], str | None]:
    inspector = sa.inspect(connection)
    if not inspector.has_table(table):
        return [], None
    key = inspector.get_pk_constraint(table)["constrained_columns"]
    columns = [one["name"] for one in inspector.get_columns(table)]
    return columns, key[0] if len(key) == 1 else None


@asynccontextmanager
async def open_foreign(url: str) -> AsyncIterator[ForeignDatabase]:
    """Another product's database at `sqlite:///…` or `postgresql://…`.

    Raises Unreadable.
    """
    engine = _engine(url)
    try:
        try:
            with _readable():
                connection = await engine.connect()
        except ValueError:
            # What is wrong with it could be a part of the password.
            raise Unreadable("its address is malformed") from None
        try:
            yield ForeignDatabase(connection)
        finally:
            await connection.close()
    finally:
        await engine.dispose()


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except FAILURES as error:
        cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        raise Unreadable(f"it cannot be read ({str(cause).splitlines()[0]})") from error


def _engine(url: str) -> AsyncEngine:
    if url.startswith("postgresql://"):
        # The driver reads the address itself, so that `?sslmode=` and the like count.
        return create_async_engine(
            "postgresql+asyncpg://",
            async_creator=lambda: asyncpg.connect(url),
            hide_parameters=True,
            isolation_level="REPEATABLE READ",
            execution_options={"postgresql_readonly": True},
        )
    if not url.startswith("sqlite:///"):
        raise Unreadable("it must begin with sqlite:/// or postgresql://")
    try:
        path = Path(sqlite_path(url)).absolute().as_uri()
    except ValueError as error:
        raise Unreadable(str(error)) from None
    made = sa.URL.create("sqlite+aiosqlite", database=path, query={"mode": "ro", "uri": "true"})
    engine = create_async_engine(made, hide_parameters=True)
    sa.event.listen(engine.sync_engine, "connect", _leave_transactions_alone)
    sa.event.listen(engine.sync_engine, "begin", lambda made: made.exec_driver_sql("BEGIN"))
    return engine


def _leave_transactions_alone(connection: Any, _record: object) -> None:
    connection.isolation_level = None
