"""A world on SQLite, one for who changes nothing, one on each database for who does."""

import pathlib
import shutil
from collections.abc import AsyncIterator

import pytest

from support.world import World, running_world

DATABASES = {"sqlite": "sqlite_database", "postgresql": "pg_database"}


@pytest.fixture
async def world(sqlite_database: str) -> AsyncIterator[World]:
    """A running application with the tenant `photos`, Jane and the client `printer`."""
    async with running_world(sqlite_database) as made:
        yield made


@pytest.fixture(scope="session")
async def still_world(
    sqlite_template: pathlib.Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A world for tests that leave it as it is; bring your own browser to sign in."""
    path = tmp_path_factory.mktemp("still") / "consentry.db"
    shutil.copy(sqlite_template, path)
    async with running_world(f"sqlite:///{path}") as made:
        yield made


@pytest.fixture(params=list(DATABASES))
def database(request: pytest.FixtureRequest) -> str:
    """URL of a migrated database of the test's own."""
    return str(request.getfixturevalue(DATABASES[request.param]))


@pytest.fixture
async def each_world(database: str) -> AsyncIterator[World]:
    """The same on every database."""
    async with running_world(database) as made:
        yield made
