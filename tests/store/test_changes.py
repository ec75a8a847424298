"""News of changed configuration, as another process hears it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
import pytest

from consentry.store.sql import changes as telling
from consentry.store.sql.store import SqlStore
from consentry.tenancy.actor import OPERATORS
from store.rows import (
    HOUR,
    NOW,
    Place,
    client,
    news,
    place,
    secret,
    signing_key,
    tenant,
    tenant_key,
)
from support.patience import NEVER_S

News = AsyncIterator[UUID | None]


@pytest.fixture
async def heard(here: Place, neighbour: SqlStore) -> AsyncIterator[News]:
    """What another process hears from now on."""
    assert isinstance(here.store, SqlStore)
    changes = cast(Any, here.store.changes())
    async with aclosing(changes):
        assert await news(changes) is None
        yield changes


async def next_of(changes: News, tenant_id: UUID | None) -> bool:
    """Whether that news comes; what comes before it is let pass."""
    async with asyncio.timeout(NEVER_S):
        while await anext(changes) != tenant_id:
            pass
    return True


CHANGES: dict[str, Callable[[SqlStore, UUID], Awaitable[object]]] = {
    "client": lambda store, id: store.inside(id).clients.save(client()),
    "client gone": lambda store, id: store.inside(id).clients.delete("printer"),
    "secret": lambda store, id: store.inside(id).clients.add_secret(secret()),
    "secrets ended": lambda store, id: store.inside(id).clients.end_secrets(
        "printer", except_id=uuid4(), at=NOW
    ),
    "domain": lambda store, id: store.inside(id).configuration.add_domain("a.example.com", NOW),
    "domain gone": lambda store, id: store.inside(id).configuration.remove_domain("a.example.com"),
    "scope": lambda store, id: store.inside(id).configuration.save_scope("a", ""),
    "data key": lambda store, id: store.inside(id).keys.add_tenant_key(tenant_key()),
    "data key seals": lambda store, id: store.inside(id).keys.let_seal(1, NOW, review_at=NOW),
    "data key gone": lambda store, id: store.inside(id).keys.drop_data_key(1),
    "signing key": lambda store, id: store.inside(id).keys.add_signing_key(signing_key("a")),
    "signing keys retire": lambda store, id: store.inside(id).keys.retire_signing_keys(
        "ES256", except_kid="a", at=NOW
    ),
    "signing key revoked": lambda store, id: store.inside(id).keys.revoke_signing_key("a", at=NOW),
}


async def test_a_change_by_another_process_is_heard_within_a_second(
    here: Place, neighbour: SqlStore, heard: News, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the word of PostgreSQL, though nobody asks; on SQLite by a look twice a second."""
    assert telling.POLL_S == 0.5
    monkeypatch.setattr(telling, "HEARTBEAT_S", 3_600)
    await neighbour.inside(here.tenant.tenant_id).clients.save(client())
    assert await next_of(heard, here.tenant.tenant_id)


async def test_every_change_of_configuration_is_heard(
    here: Place, neighbour: SqlStore, heard: News, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "POLL_S", 0.02)
    for name, change in CHANGES.items():
        await change(neighbour, here.tenant.tenant_id)
        assert await next_of(heard, here.tenant.tenant_id), name


async def test_what_changes_at_the_base_host_is_heard(
    neighbour: SqlStore, heard: News, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its id where that can be told, else by «drop everything»: no row stands for it."""
    monkeypatch.setattr(telling, "POLL_S", 0.02)
    keys = neighbour.inside(OPERATORS).keys
    for change in (keys.add_tenant_key(tenant_key()), keys.drop_data_key(1)):
        await change
        assert await news(heard) in (OPERATORS, None)


async def test_a_new_tenant_is_heard(neighbour: SqlStore, heard: News) -> None:
    row = tenant("letters")
    await neighbour.tenants.save(row)
    assert await next_of(heard, row.tenant_id)


async def test_a_deleted_tenant_is_heard(here: Place, neighbour: SqlStore, heard: News) -> None:
    """By its id where that can be told, else by «drop everything»."""
    await neighbour.tenants.delete(here.tenant.tenant_id)
    assert await news(heard) in (here.tenant.tenant_id, None)


async def test_what_is_taken_back_is_no_news(here: Place, neighbour: SqlStore, heard: News) -> None:
    other = await place(neighbour, "letters")
    assert await next_of(heard, other.tenant.tenant_id)
    with pytest.raises(LookupError):
        async with neighbour.begin() as joined:
            await joined.inside(here.tenant.tenant_id).configuration.save_scope("a", "")
            raise LookupError
    await other.inside.configuration.save_scope("b", "")
    assert await news(heard) == other.tenant.tenant_id


async def test_news_flow_again_after_the_listener_lost_its_connection(pg_database: str) -> None:
    async with AsyncExitStack() as stack:
        store = SqlStore(pg_database)
        stack.push_async_callback(store.close)
        here = await place(store)
        changes = await stack.enter_async_context(aclosing(cast(Any, store.changes())))
        assert await news(changes) is None
        assert await terminate(pg_database, "consentry news") == 1
        assert await news(changes) is None
        await here.inside.configuration.save_scope("a", "")
        assert await next_of(changes, here.tenant.tenant_id)


async def terminate(url: str, application: str) -> int:
    """End the server's side of connections; how many there were."""
    connection = await asyncpg.connect(url)
    try:
        ended = await connection.fetch(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = $1 and datname = current_database()",
            application,
        )
        return len(ended)
    finally:
        await connection.close()


async def test_words_of_a_stranger_on_the_channel_mean_drop_everything(pg_database: str) -> None:
    async with AsyncExitStack() as stack:
        store = SqlStore(pg_database)
        stack.push_async_callback(store.close)
        changes = await stack.enter_async_context(aclosing(cast(Any, store.changes())))
        assert await news(changes) is None
        connection = await asyncpg.connect(pg_database)
        stack.push_async_callback(connection.close)
        await connection.execute("notify consentry_changes, 'no id'")
        assert await news(changes) is None


async def test_a_change_after_the_clock_was_set_back_is_heard(sqlite_database: str) -> None:
    """What changed before carries a time that is yet to come."""
    async with AsyncExitStack() as stack:
        store = SqlStore(sqlite_database)
        stack.push_async_callback(store.close)
        before, here = await place(store), await place(store, "letters")
        changes = await stack.enter_async_context(aclosing(cast(Any, store.changes())))
        assert await news(changes) is None
        stamp(sqlite_database, before.tenant.tenant_id, datetime.now(UTC) + HOUR)
        assert await next_of(changes, before.tenant.tenant_id)
        await here.inside.configuration.save_scope("a", "")
        assert await next_of(changes, here.tenant.tenant_id)


def stamp(url: str, tenant_id: UUID, at: datetime) -> None:
    """Make the time of a tenant's last change another one."""
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        text = at.replace(tzinfo=None).isoformat(" ")
        connection.execute(
            "UPDATE tenant SET changed_at = ? WHERE tenant_id = ?", (text, tenant_id.hex)
        )
    connection.close()


async def test_more_changes_than_one_look_shows_mean_drop_everything(
    sqlite_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("changes", "tenants"):
        monkeypatch.setattr(f"consentry.store.sql.{module}.CHANGES_AT_ONCE", 3)
    async with AsyncExitStack() as stack:
        store = SqlStore(sqlite_database)
        stack.push_async_callback(store.close)
        changes = await stack.enter_async_context(aclosing(cast(Any, store.changes())))
        assert await news(changes) is None
        async with store.begin() as joined:
            for n in range(5):
                await joined.tenants.save(tenant(f"t{n}"))
        assert await next_of(changes, None)
