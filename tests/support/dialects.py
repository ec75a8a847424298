"""SQLAlchemy's dialects, each made once for a whole run.

What is compiled is kept by dialect, and an engine makes its own: each of some thousand worlds would
compile its statements anew, which a server does once in its life. A dialect knows nothing of the
database that its engine opens, and the servers of one run are of one version.
"""

from typing import Any, Self

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

STATEMENTS = 5_000
_MADE: dict[tuple[object, ...], Any] = {}


class _Lasting(DefaultDialect):
    """A dialect that the first engine makes, and that all who ask for the like are given."""

    supports_statement_cache = True

    def __new__(cls, **options: Any) -> Self:
        # By name: who serializes JSON is a new function for each engine, but the same one.
        asked = (cls, *sorted(options))
        if asked not in _MADE:
            _MADE[asked] = super().__new__(cls)
        made: Self = _MADE[asked]
        return made

    def __init__(self, **options: Any) -> None:
        if "statements" not in vars(self):
            super().__init__(**options)
            self.statements: LRUCache[Any, Any] = LRUCache(STATEMENTS)

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        """Its engines share what is compiled."""
        engine._compiled_cache = engine.dialect.statements  # type: ignore[attr-defined]


class OnSqlite(_Lasting, SQLiteDialect_aiosqlite):
    """The one for SQLite."""

    supports_statement_cache = True


class OnPostgresql(_Lasting, PGDialect_asyncpg):
    """The one for PostgreSQL."""

    supports_statement_cache = True


def keep_dialects() -> None:
    """Let every engine that this process makes from now on share them."""
    registry.register("sqlite.aiosqlite", __name__, OnSqlite.__name__)
    registry.register("postgresql.asyncpg", __name__, OnPostgresql.__name__)
