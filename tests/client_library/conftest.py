"""A world for the platform's side, and an app of the test's own."""

import pathlib
import shutil
from collections.abc import AsyncIterator

import pytest

from client_library.kit import Now, Provider, Site
from consentry.client import OAuth
from support.world import World, running_world


@pytest.fixture(scope="session")
async def world(
    sqlite_template: pathlib.Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """One world for all; bring clients of your own, and a browser to sign in."""
    path = tmp_path_factory.mktemp("client") / "consentry.db"
    shutil.copy(sqlite_template, path)
    async with running_world(f"sqlite:///{path}") as made:
        yield made


@pytest.fixture
def now() -> Now:
    """The app's clock."""
    return Now()


@pytest.fixture
async def oauth(now: Now) -> AsyncIterator[OAuth]:
    """An empty registry."""
    async with OAuth(clock=now) as made:
        yield made


@pytest.fixture
def site(oauth: OAuth) -> Site:
    """An app with that registry."""
    return Site(oauth)


@pytest.fixture
def provider(now: Now) -> Provider:
    """A provider that does as it is told, at the app's time."""
    return Provider(now=now)
