"""Where a run takes place: a private PostgreSQL, databases in it, and the two servers."""

import contextlib
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from benchmarks.data import REDIRECT_URI, ROOT_KEY, Place
from benchmarks.processes import Server, parent, server
from consentry.store.sql.migrate import migrate
from support import services


@dataclass(frozen=True, slots=True)
class Database:
    """A migrated database. postmaster: the process whose children serve it."""

    url: str
    connection: "asyncpg.Connection[Any]"
    postmaster: int


@contextlib.asynccontextmanager
async def new_database(postgres_url: str, name: str) -> AsyncIterator[Database]:
    """A migrated database of its own on that server, which must run on this machine."""
    name = f"{name}_{secrets.token_hex(6)}"
    first = await asyncpg.connect(postgres_url)
    await first.execute(f'CREATE DATABASE "{name}"')
    try:
        url = urlsplit(postgres_url)._replace(path=f"/{name}").geturl()
        await migrate(url)
        connection = await asyncpg.connect(url)
        backend = await connection.fetchval("SELECT pg_backend_pid()")
        yield Database(url, connection, parent(backend))
        await connection.close()
    finally:
        await first.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await first.close()


DEFAULTS: Mapping[str, str] = {}


@contextlib.contextmanager
def consentry(
    database: Database, *, access_log: bool = False, settings: Mapping[str, str] = DEFAULTS
) -> Iterator[Server]:
    """`consentry serve` on a database, one process."""
    port = services.free_port()
    with server(
        "consentry", "serve", "--port", str(port), port=port, ready="/readyz",
        CONSENTRY_DATABASE_URL=database.url,
        CONSENTRY_SECRET_KEY=ROOT_KEY,
        CONSENTRY_BASE_URL=f"http://localhost:{port}",
        CONSENTRY_ACCESS_LOG=str(access_log).lower(),
        CONSENTRY_DRAIN="0",
        **settings,
    ) as made:  # fmt: skip
        yield made


@contextlib.contextmanager
def bare(
    database: Database, case: str, place: Place, *, document_bytes: int, stock: bool
) -> Iterator[Server]:
    """The bare route of a case, one process; stock: on uvicorn's own connection class."""
    port = services.free_port()
    with server(
        "benchmarks.bare", port=port, ready="/ready",
        BENCH_PORT=str(port),
        BENCH_ROUTE=case,
        BENCH_DATABASE=database.url,
        BENCH_TENANT=str(place.tenant_id),
        BENCH_REDIRECT_URI=REDIRECT_URI,
        BENCH_BYTES=str(document_bytes),
        BENCH_STOCK="yes" if stock else "",
    ) as made:  # fmt: skip
        yield made
