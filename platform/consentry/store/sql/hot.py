"""Statements compiled once from the tables and run on the driver itself.

The types of SQLAlchemy still convert every value, so a row means the same here as
through a session.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlmodel.sql.sqltypes import UTCDateTime

Convert = Callable[[Any], Any]


class Compiled:
    """One statement for one dialect.

    Its named parameters must all be given; values written into it are converted once.
    Raises TypeError for what a driver cannot run as it is, such as an IN list.
    """

    __slots__ = ("_binds", "_results", "sql")

    def __init__(self, statement: sa.Executable, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        if compiled.post_compile_params or compiled.literal_execute_params:
            raise TypeError("an IN list changes its text with its values: use a session")
        self.sql: str = str(compiled)
        # (name, None) for a named parameter, (None, value) for one written into it.
        self._binds: list[tuple[str | None, Any, Convert | None]] = []
        for name in compiled.positiontup:
            bind = compiled.binds[name]
            convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if _speaks_utc(bind.type, dialect):
                convert = _aware
            if bind.required:
                self._binds.append((name, None, convert))
            else:
                value = bind.effective_value
                self._binds.append((None, convert(value) if convert else value, None))
        self._results: list[tuple[int, Convert]] = []
        for place, column in enumerate(_columns(statement)):
            convert = column.type.dialect_impl(dialect).result_processor(dialect, None)
            if convert is not None and not _speaks_utc(column.type, dialect):
                self._results.append((place, convert))

    @property
    def parameters(self) -> list[str]:
        """The named parameters in the driver's order; a written-in value is not among them."""
        return [name for name, _, _ in self._binds if name is not None]

    def arguments(self, values: dict[str, Any]) -> list[Any]:
        """The driver's positional arguments. Raises KeyError for one not given."""
        made = []
        for name, fixed, convert in self._binds:
            value = fixed if name is None else values[name]
            made.append(value if convert is None else convert(value))
        return made

    def row(self, raw: Iterable[Any]) -> list[Any]:
        """A driver's row with its values converted."""
        made = list(raw)
        for place, convert in self._results:
            made[place] = convert(made[place])
        return made


def _columns(statement: Any) -> list[sa.ColumnElement[Any]]:
    if isinstance(statement, sa.Select):
        return list(statement.selected_columns)
    return list(statement.exported_columns)


def _speaks_utc(type_: Any, dialect: Dialect) -> bool:
    # asyncpg sends aware times and reads them as UTC, which is all the type would see to.
    return dialect.driver == "asyncpg" and isinstance(type_, UTCDateTime)


def _aware(value: datetime | None) -> datetime | None:
    if value is not None and value.utcoffset() is None:
        raise ValueError("a time without its timezone")
    return value


class Hot:
    """A statement of the hot path; its bind parameters are named by `sa.bindparam`."""

    __slots__ = ("_by_dialect", "_statement")

    def __init__(self, statement: sa.Executable) -> None:
        self._statement = statement
        self._by_dialect: dict[str, Compiled] = {}

    def on(self, dialect: Dialect) -> Compiled:
        """The statement compiled for a dialect, made at the first call."""
        made = self._by_dialect.get(dialect.name)
        if made is None:
            made = self._by_dialect[dialect.name] = Compiled(self._statement, dialect)
        return made


class Driver(Protocol):
    """Runs hot statements, each in a transaction of its own."""

    async def row(self, statement: Hot, **values: Any) -> Sequence[Any] | None:
        """The first row, or None. Raises Unavailable when the database is away."""

    def usage(self) -> tuple[int, int]:
        """Connections open and idle."""

    async def close(self) -> None: ...
