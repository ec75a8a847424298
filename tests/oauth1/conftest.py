"""A world on SQLite with an OAuth 1 client; on each database where that makes a difference."""

from collections.abc import AsyncIterator

import pytest

from support.signing import add_oauth1_client
from support.world import World, running_world
from support.worlds import database, shared_world, strict_world

__all__ = ["database", "each_world", "photos", "shared_world", "strict_world", "world"]


@pytest.fixture
async def world(sqlite_database: str) -> AsyncIterator[World]:
    """A world of the test's own, with the client `photo-printer`."""
    async with running_world(sqlite_database) as made:
        await add_oauth1_client(made)
        yield made


@pytest.fixture
async def each_world(database: str) -> AsyncIterator[World]:
    """The same on every database."""
    async with running_world(database) as made:
        await add_oauth1_client(made)
        yield made


@pytest.fixture(scope="module")
async def photos(shared_world: World) -> World:
    """One such world for the tests of a file that leave its clock and its policy alone."""
    await add_oauth1_client(shared_world)
    return shared_world
