"""What runs inside a serving process: the jobs where there is no Redis, and its own records."""

import asyncio
import random
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Final

from consentry.store.ports import Unavailable
from consentry.telemetry import get_logger
from consentry.tenancy.deployment import Deployment
from consentry_workers.flushing import flush
from consentry_workers.running import JobRunner
from consentry_workers.taking import Taker
from consentry_workers.watching import watching

FLUSH_EVERY_S: Final = 1.0
LOOK_EVERY_S: Final = 1.0


@asynccontextmanager
async def running(deployment: Deployment) -> AsyncIterator[None]:
    """The jobs go on while inside; what is gathered in memory is stored at the end."""
    try:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(_going_on(_flush_on(deployment)))
            await stack.enter_async_context(watching(deployment, "serve"))
            if deployment.settings.runs_jobs:
                hands = working(Taker(deployment), JobRunner(deployment))
                await stack.enter_async_context(hands)
            yield
    finally:
        await _flush(deployment)


@asynccontextmanager
async def working(taker: Taker, runner: JobRunner) -> AsyncIterator[None]:
    """Effects and jobs are done while inside; what is unfinished at the end is handed back."""
    async with _going_on(taker.take_on(), taker.hold_on(), run_due(runner)):
        yield


@asynccontextmanager
async def _going_on(*work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def run_due(runner: JobRunner) -> None:
    """Run what is due, several jobs at once and each once, until cancelled."""
    runs: dict[str, asyncio.Task[bool]] = {}
    try:
        while True:
            # Jittered, so that many processes do not look in the same moment.
            await asyncio.sleep(LOOK_EVERY_S * random.uniform(0.8, 1.2))  # noqa: S311
            try:
                for name, _ in await runner.due():
                    if name not in runs:
                        task = runs[name] = asyncio.create_task(runner.run(name))
                        task.add_done_callback(partial(_ended, runs, name))
            except Unavailable as error:
                get_logger().warning("jobs_wait", reason=str(error))
            except Exception:
                get_logger().exception("jobs_not_looked_at")
    finally:
        for task in list(runs.values()):
            task.cancel()
        await asyncio.gather(*runs.values(), return_exceptions=True)


def _ended(runs: dict[str, asyncio.Task[bool]], name: str, ended: asyncio.Task[bool]) -> None:
    del runs[name]
    if not ended.cancelled() and (error := ended.exception()) is not None:
        get_logger().warning("job_not_begun", job=name, reason=type(error).__name__)


async def _flush_on(deployment: Deployment) -> None:
    while True:
        await asyncio.sleep(FLUSH_EVERY_S)
        storing = asyncio.create_task(_flush(deployment))
        try:
            await asyncio.shield(storing)
        except asyncio.CancelledError:
            # Cut short, what is being stored would be lost, or stored again.
            await storing
            raise


async def _flush(deployment: Deployment) -> None:
    try:
        await flush(deployment)
    except Unavailable as error:
        get_logger().warning("records_wait", reason=str(error))
    except Exception:
        get_logger().exception("records_lost")
