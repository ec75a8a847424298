"""Bring a database to the newest schema, safely from several processes at once."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from consentry.store.sql.engine import make_engine, translated
from consentry.store.sql.store import SqlStore

# A migration may take long, but not for ever; so may the wait for another's.
MIGRATION_S = 3_600
# Any fixed number: all that matters is that every migrating process asks for the same.
LOCK = 7_201_153_448
LOCK_TIMEOUT = "SET LOCAL lock_timeout = '5s'"


def scripts() -> Config:
    """Alembic's settings; the revisions are package data and there is no ini file."""
    made = Config()
    made.set_main_option("script_location", "consentry_migrations:")
    made.set_main_option("path_separator", "os")
    return made


async def migrate(database_url: str) -> None:
    """Bring the schema to head; waits for another process that is doing the same.

    Raises Unavailable, with nothing changed, when the database is away or busy.
    """
    SqlStore.make_folder(database_url)
    engine = make_engine(database_url, 1, patience_s=MIGRATION_S)
    try:
        with translated():
            async with engine.begin() as connection:
                await _lock(connection)
                await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


async def _lock(connection: AsyncConnection) -> None:
    """Until this transaction ends no other process migrates; SQLite's has locked already."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": LOCK})
        # A migration that cannot get its lock gives up instead of queueing traffic.
        await connection.execute(text(LOCK_TIMEOUT))


def _upgrade(connection: Connection) -> None:
    config = scripts()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
