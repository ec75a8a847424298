"""A world on each database, or on SQLite alone where the database makes no difference."""

from support.worlds import database, shared_world, sqlite_world, strict_world
from support.worlds import each_world as world

__all__ = ["database", "shared_world", "sqlite_world", "strict_world", "world"]
