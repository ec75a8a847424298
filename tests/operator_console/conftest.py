"""Desks: one for each test that changes things, one for all that look."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conftest import beside, copied
from operator_console.desk import Desk, opened_desk
from support.worlds import database

__all__ = ["database"]


@pytest.fixture
async def desk(sqlite_database: str) -> AsyncIterator[Desk]:
    """An operator at the console, on SQLite."""
    async with opened_desk(sqlite_database) as made:
        yield made


@pytest.fixture
async def each_desk(database: str) -> AsyncIterator[Desk]:
    """The same on each database."""
    async with opened_desk(database) as made:
        yield made


@pytest.fixture(scope="module")
async def still_desk(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """One for tests that leave everything as it is."""
    path = tmp_path_factory.mktemp("desk") / "consentry.db"
    shutil.copy(sqlite_template, path)
    async with opened_desk(f"sqlite:///{path}") as made:
        yield made


@pytest.fixture(scope="module")
async def strict_desk(postgres_url: str, template: str) -> AsyncIterator[Desk]:
    """The same on PostgreSQL, which minds characters that SQLite takes."""
    async with copied(postgres_url, template) as name:
        async with opened_desk(beside(postgres_url, name)) as made:
            yield made
