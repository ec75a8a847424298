"""`consentry migrate` of a release whose database a later one has migrated already."""

import asyncio

import pytest
import sqlalchemy as sa

from cli.shell import Shell
from consentry.store.sql.engine import make_engine
from consentry_migrations import HEAD


async def move(url: str, revision: str) -> None:
    """Write another revision into the database."""
    engine = make_engine(url, 1)
    async with engine.begin() as connection:
        change = sa.text("UPDATE alembic_version SET version_num = :it")
        await connection.execute(change, {"it": revision})
    await engine.dispose()


@pytest.mark.parametrize("later", ["9998", f"9999_from_{HEAD}"])
def test_a_later_schema_that_fits_is_left_as_it_is(shell: Shell, later: str) -> None:
    """A pod that migrates before it starts must come up again after a roll back."""
    asyncio.run(move(shell.database, later))
    assert shell.ok("migrate").out == f"the schema is at {later}, of a later release\n"
    assert shell.ok("migrate", "--json").json == {"revision": later}


def test_a_schema_that_left_this_release_behind_is_told(sqlite_shell: Shell) -> None:
    asyncio.run(move(sqlite_shell.database, "9999_from_9998"))
    said = f"the database is at migration 9999_from_9998: this release, {HEAD}, is too old"
    assert sqlite_shell.refused("migrate") == said
