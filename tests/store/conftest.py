"""One suite for every store: what asks for `store` runs on memory, SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
import sqlalchemy as sa

from conftest import beside, copied
from consentry.store.memory import memory_store
from consentry.store.sql import tables
from consentry.store.sql.store import SqlStore
from store.rows import Place, client, place, user

DATABASES = {
    "memory": "memory_emptied",
    "sqlite": "sqlite_database",
    "postgresql": "pg_emptied",
}


@pytest.fixture(scope="session")
async def pg_shared(postgres_url: str, template: str) -> AsyncIterator[str]:
    """URL of one migrated PostgreSQL database for the whole suite."""
    async with copied(postgres_url, template) as name:
        yield beside(postgres_url, name)


@pytest.fixture
async def pg_emptied(pg_shared: str) -> str:
    """The same without a row: emptying sixteen tables costs less than copying them."""
    connection = await asyncpg.connect(pg_shared)
    try:
        await connection.execute(
            "".join(f'delete from "{name}";' for name in tables.metadata.tables)
        )
    finally:
        await connection.close()
    return pg_shared


@pytest.fixture(scope="session")
async def memory_shared() -> AsyncIterator[SqlStore]:
    """One database in memory for the whole suite, which lasts as long as this store is open."""
    made = await memory_store()
    yield made
    await made.close()


@pytest.fixture
async def memory_emptied(memory_shared: SqlStore) -> str:
    """URL of the same without a row: making its schema costs more than all else of most tests."""
    async with memory_shared._work.session() as session:
        for name in tables.metadata.tables:
            await session.execute(sa.text(f'delete from "{name}"'))
    return memory_shared.url


@pytest.fixture(params=list(DATABASES))
def database(request: pytest.FixtureRequest) -> str:
    """URL of a migrated database."""
    return str(request.getfixturevalue(DATABASES[request.param]))


@pytest.fixture
async def store(database: str) -> AsyncIterator[SqlStore]:
    """An empty store."""
    made = SqlStore(database)
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


@pytest.fixture
async def crowd(here: Place, elsewhere: Place) -> None:
    """Others whose being enabled must not help: here, and under the same ids elsewhere."""
    await here.inside.clients.save(client("other"))
    await here.inside.users.save(user("other"))
    await elsewhere.inside.users.save(user("twin", user_id=here.user.user_id))
