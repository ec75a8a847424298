"""What a driver's error means to the rooms above."""

import sqlite3

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from consentry.store.ports import Duplicate, Unavailable

UNIQUE_VIOLATION = "23505"
# PostgreSQL, Appendix A: connection, no such login, no such database, resources, operator
# intervention, system error.
AWAY_CLASSES = ("08", "28", "3D", "53", "57", "58")
# Serialization failure, deadlock, lock not available, a server that turned read-only.
TRY_AGAIN = ("40001", "40P01", "55P03", "25006")
# Names as sqlite3.h has them; the sub-kinds of an error carry theirs in the higher bits.
SQLITE_AWAY = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
)
SQLITE_TAKEN = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)


def meaning(error: BaseException) -> Duplicate | Unavailable | None:
    """The port's error for a driver's, or None for a fault of ours that must be seen."""
    cause = _driver_error(error)
    if isinstance(cause, asyncpg.PostgresError):
        return _of_postgres(cause)
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(cause)
    # A value the driver could not encode is an InterfaceError too, and our fault.
    is_closed = isinstance(cause, asyncpg.InterfaceError) and not isinstance(cause, ValueError)
    # No connection of ours is shared, so asyncpg loses its place only when the server says
    # good-bye in the moment a statement starts.
    is_closed = is_closed or isinstance(cause, asyncpg.InternalClientError)
    if is_closed or isinstance(cause, OSError | PoolTimeout):
        return Unavailable(type(cause).__name__)
    return None


def is_in_the_way(error: BaseException) -> bool:
    """Whether PostgreSQL gave up waiting for a lock that somebody else has."""
    locks = asyncpg.LockNotAvailableError | asyncpg.DeadlockDetectedError
    return isinstance(_driver_error(error), locks)


def _driver_error(error: BaseException) -> BaseException:
    """The driver's own error, out of what SQLAlchemy wrapped around it."""
    if not isinstance(error, DBAPIError) or error.orig is None:
        return error
    wrapped = error.orig
    return wrapped if isinstance(wrapped, sqlite3.Error) else wrapped.__cause__ or wrapped


def _of_postgres(error: asyncpg.PostgresError) -> Duplicate | Unavailable | None:
    state = error.sqlstate or ""
    if state == UNIQUE_VIOLATION:
        return Duplicate(str(error.detail or error)[:200])
    if state.startswith(AWAY_CLASSES) or state in TRY_AGAIN:
        return Unavailable(type(error).__name__)
    return None


def _of_sqlite(error: sqlite3.Error) -> Duplicate | Unavailable | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    if code in SQLITE_TAKEN:
        return Duplicate(str(error)[:200])
    return Unavailable(str(error)) if code & 0xFF in SQLITE_AWAY else None
