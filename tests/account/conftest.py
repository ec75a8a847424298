"""A person with apps of both protocols and several sessions; the same on the wire for Chromium."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from account.furnished import furnish
from support.wire import FLAGS, on_the_wire, served
from support.world import World
from support.worlds import database, each_world, shared_world
from support.worlds import sqlite_world as world

__all__ = ["FLAGS", "database", "each_world", "on_the_wire", "served", "shared_world", "world"]


@pytest.fixture
async def site(sqlite_database: str) -> AsyncIterator[tuple[World, str]]:
    """A furnished world of the test's own on the wire."""
    async with on_the_wire(sqlite_database) as (made, address):
        await furnish(made)
        yield made, address


@pytest.fixture(scope="session")
async def still_site(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[World, str]]:
    """One furnished world on the wire for tests that leave it as it is."""
    path = tmp_path_factory.mktemp("account") / "consentry.db"
    shutil.copy(sqlite_template, path)
    async with on_the_wire(f"sqlite:///{path}") as (made, address):
        await furnish(made)
        yield made, address
