"""Administrators at their desk: of a tenant of their own, or one that many tests look at."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.wire import on_the_wire
from support.world import World, running_world
from support.worlds import database
from tenant_admin.office import Office, fill, people

__all__ = ["database"]


@pytest.fixture
async def office(sqlite_database: str) -> AsyncIterator[Office]:
    """An administrator of a tenant with little in it, on SQLite."""
    async with running_world(sqlite_database) as world:
        await people(world)
        yield await Office(world).sign_in()


@pytest.fixture
async def each_office(database: str) -> AsyncIterator[Office]:
    """The same on each database."""
    async with running_world(database) as world:
        await people(world)
        yield await Office(world).sign_in()


@pytest.fixture(scope="session")
async def still_office(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    """One of a tenant with much in it, for tests that leave everything as it is."""
    path = tmp_path_factory.mktemp("office") / "consentry.db"
    shutil.copy(sqlite_template, path)
    async with running_world(f"sqlite:///{path}") as world:
        await fill(world)
        yield await Office(world).sign_in()


@pytest.fixture
async def site(sqlite_database: str) -> AsyncIterator[tuple[World, str]]:
    """A filled tenant of the test's own on the wire."""
    async with on_the_wire(sqlite_database) as (made, address):
        await fill(made)
        yield made, address


@pytest.fixture(scope="session")
async def still_site(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[World, str]]:
    """One on the wire for tests that leave it as it is."""
    path = tmp_path_factory.mktemp("administration") / "consentry.db"
    shutil.copy(sqlite_template, path)
    async with on_the_wire(f"sqlite:///{path}") as (made, address):
        await fill(made)
        yield made, address
