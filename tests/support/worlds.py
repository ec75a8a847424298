"""Worlds as fixtures: take the ones a room needs into its conftest, under the name it uses."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conftest import beside, copied
from support.world import World, running_world

DATABASES = {"sqlite": "sqlite_database", "postgresql": "pg_database"}


@pytest.fixture(params=list(DATABASES))
def database(request: pytest.FixtureRequest) -> str:
    """URL of a migrated database of the test's own."""
    return str(request.getfixturevalue(DATABASES[request.param]))


@pytest.fixture
async def each_world(database: str) -> AsyncIterator[World]:
    """A running application with the tenant `photos`, Jane and the client `printer`."""
    async with running_world(database) as made:
        yield made


@pytest.fixture
async def sqlite_world(sqlite_database: str) -> AsyncIterator[World]:
    """The same, on SQLite alone, where the database makes no difference."""
    async with running_world(sqlite_database) as made:
        yield made


async def _lasting(template: Path, folder: Path) -> AsyncIterator[World]:
    path = folder / "consentry.db"
    shutil.copy(template, path)
    async with running_world(f"sqlite:///{path}") as made:
        yield made


@pytest.fixture(scope="session")
async def still_world(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A world for tests that leave it as it is; bring your own browser to sign in."""
    async for made in _lasting(sqlite_template, tmp_path_factory.mktemp("still")):
        yield made


@pytest.fixture(scope="module")
async def shared_world(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """One world for all tests of a file that leave its clock and its policy alone."""
    async for made in _lasting(sqlite_template, tmp_path_factory.mktemp("shared")):
        yield made


@pytest.fixture(scope="module")
async def strict_world(postgres_url: str, template: str) -> AsyncIterator[World]:
    """A shared world on PostgreSQL, which minds lengths and characters that SQLite takes."""
    async with copied(postgres_url, template) as name:
        async with running_world(beside(postgres_url, name)) as made:
            yield made
