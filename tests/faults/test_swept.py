"""A worker that dies in the middle of a sweep: another one goes on."""

import asyncio
import pathlib
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from conftest import beside, copied
from faults.hands import Hands
from faults.test_workers import LEASE_S, RECOVERY_S, SPARE_S
from support import services

EXPIRED, LIVE = 4_000, 500
ROWS_A_SECOND = 250


@pytest.fixture
async def connection(
    postgres_url: str, template: str
) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """To a database of the test's own."""
    async with copied(postgres_url, template) as name:
        made = await asyncpg.connect(beside(postgres_url, name))
        try:
            yield made
        finally:
            await made.close()


async def fill(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Nonces: some over for an hour, others for an hour to come."""
    tenant = await connection.fetchval("SELECT tenant_id FROM tenant LIMIT 1")
    now, hour = datetime.now(UTC), timedelta(hours=1)
    rows = [(tenant, "jti", f"dead{n}", now - hour) for n in range(EXPIRED)]
    rows += [(tenant, "jti", f"live{n}", now + hour) for n in range(LIVE)]
    columns = ["tenant_id", "purpose", "value", "expires_at"]
    await connection.copy_records_to_table("nonce", records=rows, columns=columns)


async def left(connection: "asyncpg.Connection[asyncpg.Record]") -> tuple[int, int]:
    """How many are there yet, dead and live."""
    row = await connection.fetchrow(
        "SELECT count(*) FILTER (WHERE value LIKE 'dead%'),"
        " count(*) FILTER (WHERE value LIKE 'live%') FROM nonce"
    )
    assert row is not None
    return row[0], row[1]


async def sweeper(connection: "asyncpg.Connection[asyncpg.Record]") -> int:
    """Process id of who sweeps now; 0 if nobody does."""
    found = await connection.fetchval(
        "SELECT runner FROM job WHERE name = 'sweep' AND is_running AND due_at > now()"
    )
    return int(found.split(":")[1]) if found else 0


async def until_it_is(look: Any, seconds: float) -> float:
    """Seconds until it was true."""
    began = time.monotonic()
    while not await look():
        assert time.monotonic() - began < seconds, "it did not come true in time"
        await asyncio.sleep(0.02)
    return time.monotonic() - began


@pytest.mark.long
async def test_another_worker_goes_on_with_a_sweep(
    connection: "asyncpg.Connection[asyncpg.Record]",
    tmp_path: pathlib.Path,
    postgres_url: str,
) -> None:
    """All that has expired goes, and nothing that lives."""
    url = beside(postgres_url, await connection.fetchval("SELECT current_database()"))
    async with AsyncExitStack() as stack:
        redis = stack.enter_context(services.own_redis())
        given: dict[str, Any] = {
            "redis_url": redis.url, "sweep_interval": "1",
            "sweep_rows_per_second": str(ROWS_A_SECOND),
        }  # fmt: skip
        hands = [Hands(url, tmp_path, **given) for _ in range(2)]
        hands[0].apply({})
        for one in hands:
            await asyncio.to_thread(one.start)
            stack.callback(one.kill)
        await fill(connection)

        async def is_in_the_middle() -> bool:
            return 0 < (await left(connection))[0] < EXPIRED - 100

        await until_it_is(is_in_the_middle, 15)
        pid = await sweeper(connection)
        (killed,) = (one for one in hands if one.process.pid == pid)
        killed.kill()
        dead, _ = await left(connection)
        assert dead > ROWS_A_SECOND, "it was nearly done"

        async def has_another() -> bool:
            return await sweeper(connection) not in (0, pid)

        await until_it_is(has_another, LEASE_S + RECOVERY_S + SPARE_S)

        async def is_done() -> bool:
            return (await left(connection))[0] == 0

        await until_it_is(is_done, 2 * EXPIRED / ROWS_A_SECOND + SPARE_S)
        assert await left(connection) == (0, LIVE)
