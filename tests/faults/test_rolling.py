"""Every process replaced, one after another, while clients go on."""

import asyncio
import pathlib
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Any

import httpx2
import pytest

from conftest import beside, copied
from faults.hands import Hands, changing
from faults.load import MANIFEST, Load
from faults.test_database import generations
from faults.test_upgrade import Balanced
from faults.test_workers import LEASE_S, RECOVERY_S, SPARE_S
from support import services
from support.server import Server

END_S = 20


class Passing(Balanced):
    """Passes over whom it cannot reach, as a balancer does; all else that goes wrong is noted."""

    def __init__(self, servers: list[Server], failed: list[object], **options: Any) -> None:
        super().__init__(servers, **options)
        self._failed = failed

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        try:
            answer = await self._passing(next(self._turn), request)
        except httpx2.TransportError as error:
            self._failed.append(repr(error))
            raise
        if answer.status_code >= 500:
            self._failed.append(answer.status_code)
        return answer

    async def _passing(self, first: int, request: httpx2.Request) -> httpx2.Response:
        *some, last = (self._servers[(first + n) % len(self._servers)] for n in range(2))
        for server in some:
            with suppress(httpx2.ConnectError):
                return await self.ask(server, request)
        return await self.ask(last, request)


@pytest.fixture
async def database(postgres_url: str, template: str) -> AsyncIterator[str]:
    async with copied(postgres_url, template) as name:
        yield beside(postgres_url, name)


@pytest.mark.long
async def test_all_are_replaced_and_nobody_notices(database: str, tmp_path: pathlib.Path) -> None:
    """SIGTERM to servers and workers in turn: no request fails, every effect is done, once."""
    front = Server(database, tmp_path)
    async with AsyncExitStack() as stack:
        redis = stack.enter_context(services.own_redis())
        given: dict[str, Any] = {
            "base_url": front.base_url, "redis_url": redis.url, "fetch_private_addresses": "true",
        }  # fmt: skip
        servers = [Server(database, tmp_path, **given) for _ in range(2)]
        workers = [Hands(database, tmp_path, **given) for _ in range(2)]
        servers[0].apply(MANIFEST)
        for one in (*servers, *workers):
            await asyncio.to_thread(one.start)
            stack.callback(one.kill)
        failed: list[object] = []
        ways = partial(Passing, servers, failed)
        load = await stack.enter_async_context(Load(front, ways, pause_s=0.02))
        changes = await stack.enter_async_context(changing(database))
        failed.clear()
        async with load.running() as ledger, changes.going_on():
            for one in (servers[0], workers[0], servers[1], workers[1]):
                await load.more(30)
                began = time.monotonic()
                assert await asyncio.to_thread(one.stop) == 0
                assert time.monotonic() - began < END_S
                await asyncio.to_thread(one.start)
            await load.more(30)
        assert failed == []
        assert (ledger.statuses, ledger.unanswered) == ({200}, 0)
        await changes.arrive(LEASE_S + RECOVERY_S + SPARE_S)
        assert changes.doubled() == set()
        await load.check(await generations(database))
