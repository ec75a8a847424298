"""Servers that a test may kill."""

import pathlib
from collections.abc import AsyncIterator, Iterator

import pytest

from conftest import beside, copied
from faults.load import MANIFEST
from support.server import Server, serving

PLACES = {"sqlite": "on_sqlite", "postgresql": "on_postgresql"}


@pytest.fixture
def on_sqlite(sqlite_database: str, tmp_path: pathlib.Path) -> Iterator[Server]:
    """One process, one file, of the test's own."""
    server = Server(sqlite_database, tmp_path)
    server.apply(MANIFEST)
    with serving(server):
        yield server


@pytest.fixture(scope="module")
async def on_postgresql(
    postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    """Two workers; each test leaves two behind."""
    home = tmp_path_factory.mktemp("faults")
    async with copied(postgres_url, template) as name:
        server = Server(beside(postgres_url, name), home, workers=2)
        server.apply(MANIFEST)
        with serving(server):
            yield server


@pytest.fixture
def outage(request: pytest.FixtureRequest) -> float:
    """Seconds without what everything hangs on."""
    return 10.0 if request.config.getoption("--long-faults") else 3.0
