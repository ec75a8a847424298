"""Workers that die, leave and lose their queue: what was acknowledged is done, by somebody."""

import asyncio
import pathlib
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest

from conftest import beside, copied
from consentry_workers.taking import OF_ONE_TENANT
from faults.hands import Changes, Hands, changing, eventually
from support import services
from support.patience import NEVER_S
from support.server import Server, serving

RECOVERY_S = 5.0
LEASE_S = 5.0
SPARE_S = 5.0
"""For a machine that does more than this."""


@pytest.fixture(scope="module")
def redis() -> Iterator[services.OwnRedis]:
    """One of the file's own; each test leaves it running."""
    with services.own_redis() as server:
        yield server


@pytest.fixture(scope="module")
async def hands(
    postgres_url: str,
    template: str,
    redis: services.OwnRedis,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[list[Hands]]:
    """Two workers; each test leaves two behind."""
    home = tmp_path_factory.mktemp("hands")
    async with copied(postgres_url, template) as name, AsyncExitStack() as stack:
        url = beside(postgres_url, name)
        two = [
            Hands(url, home, redis_url=redis.url, fetch_private_addresses="true") for _ in range(2)
        ]
        two[0].apply({})
        for one in two:
            await asyncio.to_thread(one.start)
            stack.callback(one.kill)
        yield two


@pytest.fixture
async def changes(hands: list[Hands]) -> AsyncIterator[Changes]:
    async with changing(hands[0].database_url) as made:
        yield made


async def called(changes: Changes, many: int) -> None:
    """Wait until the receiver was asked so often."""
    await eventually(lambda: len(changes.calls()) >= many, NEVER_S)


async def doubled(changes: Changes, many: int) -> None:
    """Wait until so many were called again."""
    bound_s = LEASE_S + RECOVERY_S + SPARE_S
    await eventually(lambda: len(changes.doubled()) >= many, bound_s)


@pytest.mark.long
async def test_what_a_killed_worker_was_doing_is_done_by_another(
    hands: list[Hands], changes: Changes
) -> None:
    """Within 5 s of the end of its lease, though it had as many as one tenant may have at
    once; who is called twice knows it by the id."""
    first, second = hands
    second.process.send_signal(signal.SIGSTOP)
    changes.may_answer.clear()
    await changes.make(OF_ONE_TENANT + 5)
    await called(changes, OF_ONE_TENANT)
    first.kill()
    second.process.send_signal(signal.SIGCONT)
    changes.may_answer.set()
    await doubled(changes, OF_ONE_TENANT)
    await changes.arrive(RECOVERY_S)
    await asyncio.to_thread(first.start)


@pytest.mark.long
async def test_workers_outlive_their_queue(
    hands: list[Hands], changes: Changes, redis: services.OwnRedis, outage: float
) -> None:
    """THREATS 59: while it is away nothing is done, and nothing lost; then they find it."""
    async with changes.going_on():
        await called(changes, 5)
        await asyncio.to_thread(redis.stop)
        await asyncio.sleep(outage)
        await asyncio.to_thread(redis.start)
    await changes.arrive(LEASE_S + RECOVERY_S + SPARE_S)
    assert all(one.process.poll() is None for one in hands)


@pytest.mark.long
async def test_workers_relieve_one_another(hands: list[Hands], changes: Changes) -> None:
    """SIGTERM to each in turn: what runs is finished or handed back, and nothing done twice."""
    async with changes.going_on():
        for one in hands:
            many = len(changes.acknowledged)
            began = time.monotonic()
            assert await asyncio.to_thread(one.stop) == 0
            assert time.monotonic() - began < 20
            await asyncio.to_thread(one.start)
            await called(changes, many)
    await changes.arrive(LEASE_S + RECOVERY_S + SPARE_S)
    assert changes.doubled() == set()


@pytest.mark.long
async def test_a_killed_server_does_what_it_had_begun_when_it_is_back(
    sqlite_database: str, tmp_path: pathlib.Path
) -> None:
    """The only process, with the jobs inside."""
    server = Server(sqlite_database, tmp_path, fetch_private_addresses="true")
    server.apply({})
    with serving(server):
        async with changing(sqlite_database) as changes:
            changes.may_answer.clear()
            await changes.make(5)
            await called(changes, 5)
            server.kill()
            changes.may_answer.set()
            await asyncio.to_thread(server.start)
            await doubled(changes, 5)
            await changes.arrive(RECOVERY_S)
