"""A world on SQLite, one for who changes nothing, one on each database for who does."""

from support.worlds import database, each_world, still_world
from support.worlds import sqlite_world as world

__all__ = ["database", "each_world", "still_world", "world"]
