"""Statements compiled once from the tables and run on the driver itself.

The types of SQLAlchemy still convert every value, so a row means the same here as
through a session.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

Convert = Callable[[Any], Any]


class Compiled:
    """One statement for one dialect."""

    __slots__ = ("_binds", "_results", "sql")

    def __init__(self, statement: sa.Executable, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        self.sql: str = str(compiled)
        self._binds: list[tuple[str, Any, Convert | None]] = []
        for name in compiled.positiontup:
            bind = compiled.binds[name]
            convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
            self._binds.append((name, bind.value, convert))
        self._results: list[tuple[int, Convert]] = []
        for place, column in enumerate(_columns(statement)):
            convert = column.type.dialect_impl(dialect).result_processor(dialect, None)
            if convert is not None:
                self._results.append((place, convert))

    def arguments(self, values: dict[str, Any]) -> list[Any]:
        """The driver's positional arguments."""
        made = []
        for name, default, convert in self._binds:
            value = values.get(name, default)
            made.append(value if convert is None else convert(value))
        return made

    def row(self, raw: Sequence[Any]) -> Sequence[Any]:
        """A driver's row with its values converted."""
        if not self._results:
            return raw
        made = list(raw)
        for place, convert in self._results:
            made[place] = convert(made[place])
        return made


def _columns(statement: Any) -> list[sa.ColumnElement[Any]]:
    if isinstance(statement, sa.Select):
        return list(statement.selected_columns)
    return list(statement.exported_columns)


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

    async def close(self) -> None: ...
