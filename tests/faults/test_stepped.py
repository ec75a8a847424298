"""The clock of a worker's machine is set while it works: its queue goes by the new time."""

import asyncio
import pathlib
import signal
import sys
import time
from collections.abc import AsyncIterator

import pytest

from conftest import beside, copied
from faults import stepped
from faults.hands import Changes, Hands, changing, eventually
from faults.test_workers import RECOVERY_S, SPARE_S
from support import services
from support.patience import NEVER_S
from support.server import serving, until
from support.world import Clock


class Stepped(Hands):
    """`consentry worker` where the clock can be set."""

    def _words(self, *words: str) -> list[str]:
        if words[0] == "worker":
            return [sys.executable, "-P", str(pathlib.Path(stepped.__file__)), *words]
        return super()._words(*words)


@pytest.fixture
async def worker(
    postgres_url: str, template: str, tmp_path: pathlib.Path
) -> AsyncIterator[Stepped]:
    """One on its own, with a queue that nobody else looks at."""
    with services.own_redis() as redis:
        async with copied(postgres_url, template) as name:
            url = beside(postgres_url, name)
            made = Stepped(url, tmp_path, redis_url=redis.url, fetch_private_addresses="true")
            made.apply({})
            with serving(made):
                yield made


async def set_clocks(worker: Stepped, clock: Clock, changes: Changes, way: signal.Signals) -> None:
    """Those of a worker and of whoever causes effects; what is caused from then on is done."""
    seen = len(worker.events("worker_ready"))
    clock.forward(stepped.STEP_S[way])
    worker.process.send_signal(way)
    began = time.monotonic()
    await asyncio.to_thread(
        until, lambda: len(worker.events("worker_ready")) > seen, seconds=RECOVERY_S + SPARE_S
    )
    known = len(changes.acknowledged)
    await eventually(lambda: len(changes.calls()) > known, RECOVERY_S + SPARE_S)
    assert time.monotonic() - began < RECOVERY_S + SPARE_S
    assert worker.events("clock_set")[-1]["seconds"] == stepped.STEP_S[way]


@pytest.mark.long
async def test_a_worker_goes_on_though_its_clock_is_set(worker: Stepped) -> None:
    """An hour ahead, then back, then back by another: nothing waits for an hour to pass."""
    clock = Clock()
    async with changing(worker.database_url, clock) as changes:
        async with changes.going_on():
            await eventually(lambda: len(changes.calls()) > 5, NEVER_S)
            for way in (stepped.AHEAD, stepped.BACK, stepped.BACK):
                await set_clocks(worker, clock, changes, way)
        await changes.arrive(RECOVERY_S + SPARE_S)
    assert worker.process.poll() is None
