"""Databases and servers for the tests that ask for them; none starts before it is asked for."""

from __future__ import annotations

import contextlib
import gc
import os
import pathlib
import secrets
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import asyncpg
import pytest
import structlog

from support import services
from support.patience import NEVER_S

if TYPE_CHECKING:
    from playwright.async_api import Browser

# Where tests write: what is on a disk only is waited for with each commit.
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", services.quick())


async def migrate(url: str) -> None:
    """Bring a database to head; imported late, so that runs without one do not pay for it."""
    from consentry.store.sql.migrate import migrate as to_head

    await to_head(url)


@contextlib.asynccontextmanager
async def copied(server: str, template: str | None = None) -> AsyncIterator[str]:
    """Name of a new database on the server, dropped at the end."""
    name = f"consentry_test_{secrets.token_hex(8)}"
    copy = f' template "{template}" strategy file_copy' if template else ""
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f'create database "{name}"{copy}')
        try:
            yield name
        finally:
            await connection.execute(f'drop database "{name}" with (force)')
    finally:
        await connection.close()


def beside(server: str, name: str) -> str:
    """URL of another database of the same server."""
    return urlsplit(server)._replace(path=f"/{name}").geturl()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of ours."""
    parser.addoption(
        "--long-faults", action="store_true", help="outages as long as real ones, not a few seconds"
    )


def pytest_configure() -> None:
    """Tracebacks in the log are plain text: to draw one with all its variables takes seconds."""
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], console])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes long is run where long outages are."""
    if not config.getoption("--long-faults"):
        long = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


def pytest_collection_finish() -> None:
    """What is compiled for one database serves all; a run without one does not pay for it."""
    if "sqlalchemy" in sys.modules:
        from support.dialects import keep_dialects

        keep_dialects()
    # What was imported stays. Looking through it for garbage stopped everything for a second and
    # more, on a busy machine for longer than some wait for an answer.
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of one who may create databases, on a server shared by the whole run."""
    with services.postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """URL of a Redis server shared by the whole run."""
    with services.redis() as url:
        yield url


@pytest.fixture(scope="session")
def browser_path() -> str:
    """Path of the Chromium that page tests drive."""
    return services.chromium()


@pytest.fixture(scope="session")
async def chromium(browser_path: str) -> AsyncIterator[Browser]:
    """One Chromium for all; imported late, like the databases."""
    from playwright.async_api import async_playwright, expect

    from support.wire import FLAGS

    expect.set_options(timeout=NEVER_S * 1_000)

    async with async_playwright() as tools:
        started = await tools.chromium.launch(executable_path=browser_path, args=FLAGS)
        yield started
        await started.close()


@pytest.fixture(scope="session")
async def template(postgres_url: str) -> AsyncIterator[str]:
    """Name of a migrated PostgreSQL database that others are copied from."""
    async with copied(postgres_url) as name:
        await migrate(beside(postgres_url, name))
        yield name


@pytest.fixture
async def pg_database(postgres_url: str, template: str) -> AsyncIterator[str]:
    """URL of an empty, migrated PostgreSQL database of the test's own."""
    async with copied(postgres_url, template) as name:
        yield beside(postgres_url, name)


@pytest.fixture(scope="session")
async def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A migrated SQLite file that others are copied from."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    await migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_database(sqlite_template: pathlib.Path, tmp_path: pathlib.Path) -> str:
    """URL of an empty, migrated SQLite database of the test's own."""
    shutil.copy(sqlite_template, tmp_path / "consentry.db")
    return f"sqlite:///{tmp_path / 'consentry.db'}"
