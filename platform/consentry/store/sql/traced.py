"""Spans of statements: their text, never their values."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from consentry import tracing
from consentry.store.sql.drivers import PostgresDriver, SqliteDriver
from consentry.store.sql.hot import Hot

_TABLE = re.compile(r'\b(?:FROM|INTO|UPDATE)\s+"?([a-z_]\w*)', re.IGNORECASE)
_LONGEST = 2_000


@lru_cache(maxsize=1_024)
def _described(sql: str, system: str) -> tuple[str, tracing.Attributes]:
    """The name of a statement's span, and what it tells.

    Values are parameters in every statement of ours, so its text has none of them.
    """
    operation = sql.split(None, 1)[0].upper() if sql.strip() else "?"
    found = _TABLE.search(sql)
    said = {
        "db.system.name": system,
        "db.operation.name": operation,
        "db.query.text": sql[:_LONGEST],
    }
    if found is None:
        return operation, said
    return f"{operation} {found[1]}", {**said, "db.collection.name": found[1]}


class TracedDriver:
    """A driver whose hot statements have spans."""

    def __init__(self, driver: PostgresDriver | SqliteDriver) -> None:
        self._driver, self._dialect = driver, driver.dialect
        self.usage, self.close = driver.usage, driver.close

    async def row(self, statement: Hot, **values: Any) -> Sequence[Any] | None:
        """The first row, or None. Raises what the driver raises."""
        if not tracing.is_within():
            return await self._driver.row(statement, **values)
        name, said = _described(statement.on(self._dialect).sql, self._dialect.name)
        with tracing.span(name, said, kind="client"):
            return await self._driver.row(statement, **values)


def trace_sessions(engine: AsyncEngine) -> None:
    """Give a span to each statement that sessions of the engine run."""
    system = engine.dialect.name

    def before(
        _connection: object, _cursor: object, sql: str, _values: object, context: Any, _many: bool
    ) -> None:
        if context is not None and tracing.is_within():
            name, said = _described(sql, system)
            context.consentry_span = tracing.begun(name, said)

    def after(
        _connection: object, _cursor: object, _sql: str, _values: object, context: Any, _many: bool
    ) -> None:
        _end(context, None)

    def failed(happened: sa.engine.ExceptionContext) -> None:
        _end(happened.execution_context, type(happened.original_exception).__name__)

    sa.event.listen(engine.sync_engine, "before_cursor_execute", before)
    sa.event.listen(engine.sync_engine, "after_cursor_execute", after)
    sa.event.listen(engine.sync_engine, "handle_error", failed)


def _end(context: Any, error: str | None) -> None:
    span = getattr(context, "consentry_span", None)
    if span is not None:
        tracing.ended(span, error)
