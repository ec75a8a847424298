"""A server for the clients: one process on SQLite, two on PostgreSQL."""

import pathlib
import shutil
from collections.abc import AsyncIterator, Iterator

import pytest

from clients.registered import NAMES, Registered, clients, manifest
from conftest import beside, copied
from support.person import Person
from support.server import Server, serving

PLACES = {"sqlite": "on_sqlite", "postgresql": "on_postgresql"}
PLAINTEXT = "true"


@pytest.fixture(scope="session")
def on_sqlite(
    sqlite_template: pathlib.Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One process, one file."""
    home = tmp_path_factory.mktemp("clients-sqlite")
    shutil.copy(sqlite_template, home / "consentry.db")
    server = Server(f"sqlite:///{home}/consentry.db", home, oauth1_plaintext_over_http=PLAINTEXT)
    server.apply(manifest())
    with serving(server):
        yield server


@pytest.fixture(scope="session")
async def on_postgresql(
    postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    """Two workers."""
    home = tmp_path_factory.mktemp("clients-postgresql")
    async with copied(postgres_url, template) as name:
        server = Server(
            beside(postgres_url, name), home, workers=2, oauth1_plaintext_over_http=PLAINTEXT
        )
        server.apply(manifest())
        with serving(server):
            yield server


@pytest.fixture(params=list(PLACES))
def server(request: pytest.FixtureRequest) -> Server:
    """A server with the demo and the clients of `registered`."""
    found: Server = request.getfixturevalue(PLACES[request.param])
    return found


@pytest.fixture
async def jane(server: Server) -> AsyncIterator[Person]:
    """Jane, with a browser of her own."""
    async with Person(server.issuer()) as person:
        yield person


@pytest.fixture(params=NAMES)
def client(request: pytest.FixtureRequest) -> Registered:
    """Each of the clients."""
    return clients()[request.param]
