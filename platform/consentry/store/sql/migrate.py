"""Bring a database to the newest schema, safely from several processes at once."""

import asyncio
import random
from collections.abc import Callable
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from consentry.store.ports import Unavailable
from consentry.store.sql.engine import make_engine, translated
from consentry.store.sql.failures import is_in_the_way
from consentry.store.sql.store import SqlStore
from consentry_migrations import HEAD

# A migration may take long, but not for ever; so may the wait for another's.
MIGRATION_S = 3_600
# Any fixed number: all that matters is that every migrating process asks for the same.
LOCK: Final = 7_201_153_448
LOCK_TIMEOUT_S: Final = 5.0
# For so long it is tried again; whoever holds a table for longer must be looked for.
RETRY_S = 300.0
PAUSES_S: Final = (1.0, 2.0, 4.0, 8.0, 15.0)


def scripts() -> Config:
    """Alembic's settings; the revisions are package data and there is no ini file."""
    made = Config()
    made.set_main_option("script_location", "consentry_migrations:")
    made.set_main_option("path_separator", "os")
    return made


async def migrate(
    database_url: str,
    *,
    lock_timeout_s: float = LOCK_TIMEOUT_S,
    told: Callable[[str], object] = lambda _: None,
) -> str:
    """Bring the schema to head; waits for another process that is doing the same.

    Returns the revision it is at then: head, or a later release's, which is left as it is.
    lock_timeout_s: longest wait for one table on PostgreSQL. Requests queue behind that wait,
    so it is short; then all is taken back and tried again, with pauses, for some minutes.
    told: is given a line each time. Raises Unavailable, with nothing changed, when the
    database is away or stays busy.
    """
    SqlStore.make_folder(database_url)
    engine = make_engine(database_url, 1, patience_s=MIGRATION_S)
    try:
        with translated():
            return await _until_let(engine, lock_timeout_s, told)
    finally:
        await engine.dispose()


async def _until_let(engine: AsyncEngine, timeout_s: float, told: Callable[[str], object]) -> str:
    pauses = iter(PAUSES_S)
    clock = asyncio.get_running_loop().time
    end = clock() + RETRY_S
    while (at := await _tried(engine, timeout_s)) is None:
        # Jittered, so that replicas do not come back in the same moment.
        pause = next(pauses, PAUSES_S[-1]) * random.uniform(0.5, 1)  # noqa: S311
        if clock() + pause > end:
            raise Unavailable("a table stayed locked by others; nothing was changed")
        told(f"a table is locked by others; trying again in {pause:.1f} s")
        await asyncio.sleep(pause)
    return at


async def _tried(engine: AsyncEngine, timeout_s: float) -> str | None:
    """The revision reached; None, with all taken back, when somebody was in the way."""
    try:
        async with engine.begin() as connection:
            await _lock(connection, timeout_s)
            return await connection.run_sync(_upgrade)
    except DBAPIError as error:
        if is_in_the_way(error):
            return None
        raise


async def _lock(connection: AsyncConnection, timeout_s: float) -> None:
    """Until this transaction ends no other process migrates; SQLite's has locked already."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": LOCK})
        # A migration that cannot get its lock gives up instead of queueing traffic.
        await connection.execute(text(f"SET LOCAL lock_timeout = '{int(timeout_s * 1000)}ms'"))


def _upgrade(connection: Connection) -> str:
    found = MigrationContext.configure(connection).get_current_revision()
    # Pods of the release before migrate when they start anew, after a roll back as well.
    if found is not None and found.partition("_")[0] > HEAD.partition("_")[0]:
        return found
    config = scripts()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return HEAD
