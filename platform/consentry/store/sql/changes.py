"""News of changed configuration: NOTIFY on PostgreSQL, a look at the clock on SQLite."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from consentry.store.ports import Unavailable
from consentry.store.sql.engine import CHANNEL, ROWLESS_CHANGES, Work
from consentry.store.sql.tenants import CHANGES_AT_ONCE, SqlTenants

POLL_S = 0.5
HEARTBEAT_S = 2.0
# Writers of an SQLite file wait for one another, so stamps are in the order of commits; this is
# for a clock that steps back, and how much of it is left where a look would show too much.
OVERLAP, LOOKED_BACK = timedelta(seconds=60), timedelta(seconds=5)
LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


async def postgres_changes(url: str) -> AsyncIterator[UUID | None]:
    """Ids as they are notified; None after each (re)connection, when news may be lost."""
    while True:
        try:
            async with aclosing(_listen(url)) as news:
                async for tenant_id in news:
                    yield tenant_id
        except LOST:
            yield None
            await asyncio.sleep(POLL_S)


async def _listen(url: str) -> AsyncGenerator[UUID | None, None]:
    """News of one connection, until it is lost."""
    connection = await asyncpg.connect(
        url, timeout=10, command_timeout=10, server_settings={"application_name": "consentry news"}
    )
    news: asyncio.Queue[UUID | None] = asyncio.Queue()

    def heard(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        try:
            news.put_nowait(UUID(str(payload)))
        except ValueError:
            news.put_nowait(None)

    try:
        connection.add_termination_listener(lambda _: news.put_nowait(None))
        await connection.add_listener(CHANNEL, heard)
        yield None
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    tenant_id = await news.get()
            except TimeoutError:
                await connection.execute("SELECT 1")
                continue
            if connection.is_closed():
                return
            yield tenant_id
    finally:
        connection.terminate()


async def polled_changes(work: Work) -> AsyncIterator[UUID | None]:
    """Ids whose `changed_at` moved, looked up twice a second; None for one without a row."""
    look = _Look(work)
    while True:
        try:
            for tenant_id in await look.again():
                yield tenant_id
        except Unavailable:
            yield None
        await asyncio.sleep(POLL_S)


class _Look:
    """What was seen at the last look."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._since = datetime.now(UTC)
        self._told: dict[UUID, datetime] = {}
        self._rowless: int | None = None

    async def again(self) -> list[UUID | None]:
        """News since the last look; the first one knows of nothing before it."""
        async with self._work.reading() as session:
            rowless = int((await session.execute(ROWLESS_CHANGES)).scalar_one())
        # A stamp that is yet to come is of a clock set back since: what changes now is before it.
        since = min(self._since, self._shortest_overlap())
        found = await SqlTenants(self._work).changed_since(since - OVERLAP)
        news: list[UUID | None] = [id for id, at in found if self._told.get(id) != at]
        self._told = dict(found)
        if found:
            self._since = max(self._since, found[-1][1])
        if len(found) == CHANGES_AT_ONCE:
            # More than one look shows: everything may have changed; go on from here.
            self._since, news = self._shortest_overlap(), [None]
        if rowless != self._rowless:
            self._rowless, news = rowless, [None]
        return news

    def _shortest_overlap(self) -> datetime:
        return datetime.now(UTC) + OVERLAP - LOOKED_BACK
