"""Worlds that send their mail into a folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mail.box import Box
from support.world import World, running_world
from support.worlds import database

__all__ = ["database"]


@pytest.fixture
def box(tmp_path: Path) -> Box:
    """Where the mails are."""
    return Box(tmp_path / "mail")


@pytest.fixture
async def world(sqlite_database: str, box: Box) -> AsyncIterator[World]:
    """A world on SQLite."""
    async with running_world(sqlite_database, mail_url=f"file:{box.folder}") as made:
        yield made


@pytest.fixture
async def each_world(database: str, box: Box) -> AsyncIterator[World]:
    """The same on each database."""
    async with running_world(database, mail_url=f"file:{box.folder}") as made:
        yield made
