"""A world on each database."""

from collections.abc import AsyncIterator

import pytest

from support.world import World, running_world

DATABASES = {"sqlite": "sqlite_database", "postgresql": "pg_database"}


@pytest.fixture(params=list(DATABASES))
def database(request: pytest.FixtureRequest) -> str:
    """URL of a migrated database of the test's own."""
    return str(request.getfixturevalue(DATABASES[request.param]))


@pytest.fixture
async def world(database: str) -> AsyncIterator[World]:
    """A running application with the tenant `photos`, Jane and the client `printer`."""
    async with running_world(database) as made:
        yield made
