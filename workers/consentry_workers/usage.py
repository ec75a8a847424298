"""Counts of use, summed up as they grow older."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Final

from consentry.records.usage import DAY, HOUR, MINUTE
from consentry.tenancy.deployment import Deployment
from consentry_workers.report import Report

BATCH: Final = 1_000
MOST_BATCHES: Final = 500
# Between two batches, so that a busy deployment's counts never take the database for themselves.
PAUSE_S: Final = 0.05
MINUTES_KEPT: Final = timedelta(hours=3)
HOURS_KEPT: Final = timedelta(days=8)


async def roll_up(deployment: Deployment) -> Report:
    """Sum counts by minute up by hour, those by hour by day, and delete old days."""
    now, usage = deployment.clock(), deployment.store.usage
    lifetime = timedelta(seconds=deployment.settings.usage_lifetime)
    done = {
        "minutes": await _all(partial(usage.roll_up, MINUTE, HOUR, now - MINUTES_KEPT)),
        "hours": await _all(partial(usage.roll_up, HOUR, DAY, now - HOURS_KEPT)),
        "days": await _all(partial(usage.forget, now - lifetime)),
    }
    return Report(sum(done.values()), done)


async def _all(step: Callable[..., Awaitable[int]]) -> int:
    """Batch by batch, until there are no more or it is enough for one run; how many rows."""
    total = 0
    for _ in range(MOST_BATCHES):
        count = await step(most=BATCH)
        total += count
        if count < BATCH:
            break
        await asyncio.sleep(PAUSE_S)
    return total
