"""Worlds that may call this machine."""

from collections.abc import AsyncIterator

import pytest

from support.api_world import api
from support.world import World, running_world
from support.worlds import database

__all__ = ["api", "database"]


@pytest.fixture
async def world(sqlite_database: str) -> AsyncIterator[World]:
    """A world of the test's own."""
    async with running_world(sqlite_database, fetch_private_addresses=True) as made:
        yield made


@pytest.fixture
async def each_world(database: str) -> AsyncIterator[World]:
    """The same on every database."""
    async with running_world(database, fetch_private_addresses=True) as made:
        yield made
