"""One suite for every store: what asks for `store` runs on memory, SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from consentry.store.memory import memory_store
from consentry.store.sql.store import SqlStore
from store.rows import Place, place

DATABASES = {"sqlite": "sqlite_database", "postgresql": "pg_database"}


@pytest.fixture(params=["memory", *DATABASES])
def database(request: pytest.FixtureRequest) -> str | None:
    """URL of a migrated database, None for memory."""
    if request.param == "memory":
        return None
    return str(request.getfixturevalue(DATABASES[request.param]))


@pytest.fixture
async def store(database: str | None) -> AsyncIterator[SqlStore]:
    """An empty store."""
    made = await memory_store() if database is None else SqlStore(database)
    try:
        yield made
    finally:
        await made.close()


@pytest.fixture
async def neighbour(store: SqlStore) -> AsyncIterator[SqlStore]:
    """The same database as another process would open it."""
    made = SqlStore(store.url)
    try:
        yield made
    finally:
        await made.close()


@pytest.fixture
async def here(store: SqlStore) -> Place:
    """A tenant of that store with one client and one person."""
    return await place(store)


@pytest.fixture
async def elsewhere(store: SqlStore) -> Place:
    """Another tenant of the same store, with a client and a person of the same names."""
    return await place(store, "letters")
