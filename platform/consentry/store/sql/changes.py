"""News of changed configuration: NOTIFY on PostgreSQL, a look at the clock on SQLite."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from consentry.store.ports import Tenants, Unavailable
from consentry.store.sql.drivers import AWAY
from consentry.store.sql.engine import CHANNEL

POLL_S = 0.5
HEARTBEAT_S = 2.0


async def postgres_changes(url: str) -> AsyncIterator[UUID | None]:
    """Ids as they are notified; None after each (re)connection, when news may be lost."""
    while True:
        try:
            connection = await asyncpg.connect(url, timeout=10, command_timeout=10)
        except AWAY:
            yield None
            await asyncio.sleep(POLL_S)
            continue
        try:
            async for tenant_id in _listen(connection):
                yield tenant_id
        except AWAY:
            yield None
        finally:
            connection.terminate()


async def _listen(connection: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[UUID | None]:
    news: asyncio.Queue[UUID] = asyncio.Queue()

    def heard(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        news.put_nowait(UUID(str(payload)))

    await connection.add_listener(CHANNEL, heard)
    yield None
    while True:
        try:
            yield await asyncio.wait_for(news.get(), HEARTBEAT_S)
        except TimeoutError:
            await connection.execute("SELECT 1")


async def polled_changes(tenants: Tenants) -> AsyncIterator[UUID | None]:
    """Ids whose `changed_at` moved, looked up twice a second.

    Another process stamps a change before it commits it, so each look overlaps the
    last by the longest a writer may wait for the file.
    """
    yield None
    since, told = datetime.now(UTC), dict[UUID, datetime]()
    while True:
        await asyncio.sleep(POLL_S)
        try:
            found = await tenants.changed_since(since - timedelta(seconds=10))
        except Unavailable:
            yield None
            continue
        for tenant_id, changed_at in found:
            if told.get(tenant_id) != changed_at:
                told[tenant_id] = changed_at
                yield tenant_id
            since = max(since, changed_at)
        if len(told) > 10_000:
            told.clear()
