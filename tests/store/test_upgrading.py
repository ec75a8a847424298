"""A schema that moves while others use it: locks that are given up, releases that still fit."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

import consentry_migrations
from conftest import beside, copied
from consentry.store.ports import Unavailable
from consentry.store.sql import migrate as migrating
from consentry.store.sql.engine import make_engine
from consentry.store.sql.migrate import migrate
from consentry_migrations import HEAD, serves
from store.test_migrate import revision, upgrade
from support.patience import NEVER_S

BEFORE = "0008"
"""The revision after it alters the table of tenants."""


@pytest.fixture
async def behind(postgres_url: str) -> AsyncIterator[str]:
    """URL of a PostgreSQL database of some revisions ago."""
    async with copied(postgres_url) as name:
        url = beside(postgres_url, name)
        engine = make_engine(url, 1)
        async with engine.begin() as connection:
            await connection.run_sync(upgrade, BEFORE)
        await engine.dispose()
        yield url


@pytest.fixture
async def reader(behind: str) -> AsyncIterator[asyncpg.Connection]:
    """Somebody who is not done with the table of tenants."""
    connection = await asyncpg.connect(behind)
    try:
        await connection.execute("BEGIN; SELECT * FROM tenant")
        yield connection
    finally:
        await connection.close()


async def test_a_migration_steps_back_until_a_table_is_free(
    behind: str, reader: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """THREATS 62: traffic waits for it no longer than the lock timeout, however long it takes."""
    monkeypatch.setattr(migrating, "PAUSES_S", (0.1,))
    told: list[str] = []
    migration = asyncio.create_task(migrate(behind, lock_timeout_s=0.2, told=told.append))
    traffic = await asyncpg.connect(behind)
    try:
        async with asyncio.timeout(NEVER_S):
            while len(told) < 3:
                # Waits behind the migration, which waits for the reader, but not for long.
                await traffic.execute("SELECT * FROM tenant")
                await asyncio.sleep(0.005)
    finally:
        await traffic.close()
    assert "trying again in" in told[0]
    await reader.execute("COMMIT")
    await migration
    assert await revision(behind) == HEAD


async def test_a_migration_that_is_never_let_gives_up(
    behind: str, reader: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "RETRY_S", 0.2)
    with pytest.raises(Unavailable, match="stayed locked by others; nothing was changed"):
        await migrate(behind, lock_timeout_s=0.1)
    assert await revision(behind) == BEFORE


@pytest.mark.parametrize(
    ("found", "fits"),
    [
        (None, False),
        ("0011", False),
        ("0012", True),
        ("0013", True),
        ("0013_from_0012", True),
        ("0013_from_0011", True),
        ("0014_from_0013", False),
    ],
)
def test_a_release_works_on_later_schemas_until_one_leaves_it_behind(
    found: str | None, fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for head in ("0012", "0012_from_0010"):
        monkeypatch.setattr(consentry_migrations, "HEAD", head)
        assert serves(found) is fits


def test_a_release_works_on_its_own_schema() -> None:
    assert serves(HEAD)
