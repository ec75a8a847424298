"""Runs the jobs inside a serving process."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from consentry.store.ports import Unavailable
from consentry.telemetry import get_logger
from consentry.tenancy.deployment import Deployment
from consentry_workers.jobs import flush, sweep

FLUSH_EVERY_S = 1.0


@asynccontextmanager
async def running(deployment: Deployment) -> AsyncIterator[None]:
    """The jobs go on while inside; what is gathered in memory is stored at the end."""
    tasks = [
        asyncio.create_task(_repeat(deployment, flush, lambda: FLUSH_EVERY_S)),
        # Jittered, so that many processes do not sweep in the same second.
        asyncio.create_task(
            _repeat(
                deployment,
                sweep,
                lambda: deployment.settings.sweep_interval * random.uniform(0.8, 1.2),  # noqa: S311
            )
        ),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await flush(deployment)


async def _repeat(
    deployment: Deployment, job: Callable[[Deployment], Awaitable[None]], wait: Callable[[], float]
) -> None:
    while True:
        await asyncio.sleep(wait())
        try:
            await job(deployment)
        except Unavailable as error:
            get_logger().warning("job_waits", job=job.__name__, reason=str(error))
        except Exception:
            get_logger().exception("job_failed", job=job.__name__)
