"""A person with apps of both protocols and several sessions; the same on the wire for Chromium."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Browser, async_playwright
from starlette.types import ASGIApp

from account.furnished import furnish
from support.world import World, running_world
from support.worlds import database, each_world, shared_world
from support.worlds import sqlite_world as world

__all__ = ["database", "each_world", "shared_world", "world"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[int]:
    """An application on a port of its own; it may still be put together meanwhile."""
    config = uvicorn.Config(app, port=0, log_level="warning", lifespan="off")
    listener = config.bind_socket()
    listener.listen()
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield listener.getsockname()[1]
    server.should_exit = True
    await serving


@asynccontextmanager
async def on_the_wire(database_url: str) -> AsyncIterator[tuple[World, str]]:
    """A world and the address of its tenant."""
    late: dict[str, ASGIApp] = {}

    async def application(scope: object, receive: object, send: object) -> None:
        await late["app"](scope, receive, send)  # type: ignore[arg-type]

    async with served(application) as port:
        async with running_world(database_url, base_url=f"http://localhost:{port}") as made:
            late["app"] = made.app
            yield made, f"http://photos.localhost:{port}"


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


@pytest.fixture(scope="session")
async def chromium(browser_path: str) -> AsyncIterator[Browser]:
    """One Chromium for all."""
    async with async_playwright() as tools:
        started = await tools.chromium.launch(executable_path=browser_path, args=FLAGS)
        yield started
        await started.close()
