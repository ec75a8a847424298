"""Rows of every table as plain values, read from one snapshot and put back."""

from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.sql.sqltypes import UTCDateTime

from consentry.records.tenant import Tenant
from consentry.store.copying import Values
from consentry.store.sql import tables
from consentry.store.sql.engine import Work, make_engine, translated

PAGE: Final = 500
# Who reads may be slower than a server that answers requests would wait for.
SNAPSHOT_S: Final = 86_400
# The base host's; no row of the table of tenants stands for it.
_OPERATORS: Final = UUID(int=0)
# What JSON has no type for, by the type of the column.
_READ: Final[Mapping[type, Callable[[Any], Any]]] = {
    sa.Uuid: UUID,
    UTCDateTime: datetime.fromisoformat,
    sa.LargeBinary: lambda text: b64decode(text, validate=True),
}


class SqlSnapshot:
    """`copying.Snapshot` on a connection whose transaction sees one moment."""

    def __init__(self, connection: AsyncConnection, tenant_id: UUID | None) -> None:
        self._connection, self._tenant = connection, tenant_id

    async def pages(self, table: str) -> AsyncGenerator[list[Values], None]:
        """Every row of a table, page by page in the order of the primary key."""
        asked = tables.metadata.tables[table]
        query = sa.select(asked).order_by(*asked.primary_key.columns)
        if self._tenant is not None:
            query = query.where(asked.c.tenant_id == self._tenant)
        # One statement a table: its plan may be a bad one where nothing was analysed yet, and a
        # statement a page would be as bad as often.
        with translated():
            options = {"yield_per": PAGE}
            async with self._connection.stream(query, execution_options=options) as found:
                async for page in found.partitions():
                    yield [[_plain(value) for value in row] for row in page]


class SqlCopying:
    """`copying.Copying`."""

    def __init__(self, work: Work, url: str) -> None:
        self._work, self._url = work, url

    @property
    def columns(self) -> Mapping[str, tuple[str, ...]]:
        """The columns of each table by its name, the table of tenants first."""
        found = tables.metadata.tables
        names = sorted(found, key=lambda name: (name != Tenant.__tablename__, name))
        return {name: tuple(found[name].c.keys()) for name in names}

    @asynccontextmanager
    async def snapshot(self, tenant_id: UUID | None = None) -> AsyncIterator[SqlSnapshot]:
        """The rows of one tenant, or of all."""
        engine = make_engine(self._url, 1, patience_s=SNAPSHOT_S)
        options: dict[str, Any] = {"reads_only": True}
        if not self._work.is_sqlite:
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        try:
            with translated():
                connection = await engine.connect()
            try:
                connection = await connection.execution_options(**options)
                if self._work.is_sqlite:
                    # The first read opens the snapshot, and it lasts until the end.
                    await connection.exec_driver_sql("BEGIN")
                yield SqlSnapshot(connection, tenant_id)
            finally:
                await connection.close()
        finally:
            await engine.dispose()

    async def claim(self) -> None:
        """Nobody else writes anything until the transaction of `begin` ends."""
        # SQLite lets one write at a time: the file has been ours since the transaction began.
        if not self._work.is_sqlite:
            names = ", ".join(f'"{name}"' for name in self.columns)
            async with self._work.session() as session:
                await session.execute(sa.text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))

    async def take_time(self) -> None:
        """The transaction may rest for as long as a snapshot may be read."""
        # SQLite ends none.
        if not self._work.is_sqlite:
            rest = f"SET LOCAL idle_in_transaction_session_timeout = {SNAPSHOT_S * 1000}"
            async with self._work.session() as session:
                await session.execute(sa.text(rest))

    async def clear(self, tenant_id: UUID | None = None) -> None:
        """Delete the rows of one tenant, or of all, and tell every process."""
        async with self._work.session() as session:
            for table in tables.metadata.tables.values():
                is_theirs = sa.true() if tenant_id is None else table.c.tenant_id == tenant_id
                await session.execute(sa.delete(table).where(is_theirs))
            await self._work.gone(session, tenant_id or _OPERATORS)

    async def insert(self, table: str, rows: Sequence[Values]) -> None:
        """Add rows."""
        found = tables.metadata.tables[table]
        readers = {name: _READ.get(type(column.type)) for name, column in found.c.items()}
        made = [
            {
                name: value if read is None or value is None else read(value)
                for (name, read), value in zip(readers.items(), row, strict=True)
            }
            for row in rows
        ]
        async with self._work.session() as session:
            await session.execute(sa.insert(found), made)


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return b64encode(value).decode() if isinstance(value, bytes) else value
