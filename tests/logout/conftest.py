"""The app that is told of logouts, on SQLite, or on each database."""

from collections.abc import AsyncIterator

import pytest

from logout.app import Told, told_by
from support.worlds import database

__all__ = ["database"]


@pytest.fixture
async def told(sqlite_database: str) -> AsyncIterator[Told]:
    async with told_by(sqlite_database) as made:
        yield made


@pytest.fixture
async def each_told(database: str) -> AsyncIterator[Told]:
    async with told_by(database) as made:
        yield made
