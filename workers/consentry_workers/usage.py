"""Counts of use, summed up as they grow older."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Final

from consentry.records.usage import DAY, HOUR, MINUTE
from consentry.tenancy.deployment import Deployment
from consentry_workers.report import Report

BATCH: Final = 1_000
LONGEST_S: Final = 200
# Between two batches, so that a busy deployment's counts never take the database for themselves.
PAUSE_S: Final = 0.05
MINUTES_KEPT: Final = timedelta(hours=3)
HOURS_KEPT: Final = timedelta(days=8)
BEHIND: Final = "there are more counts than were summed up in time"


async def roll_up(deployment: Deployment) -> Report:
    """Sum counts by minute up by hour, those by hour by day, and delete old days.

    Each of the three lasts 200 s at most; the report says if that was not enough.
    """
    now, usage = deployment.clock(), deployment.store.usage
    lifetime = timedelta(seconds=deployment.settings.usage_lifetime)
    done = {
        "minutes": await _all(partial(usage.roll_up, MINUTE, HOUR, now - MINUTES_KEPT)),
        "hours": await _all(partial(usage.roll_up, HOUR, DAY, now - HOURS_KEPT)),
        "days": await _all(partial(usage.forget, now - lifetime)),
    }
    rows = {name: count for name, (count, _) in done.items()}
    is_behind = not all(is_whole for _, is_whole in done.values())
    return Report(sum(rows.values()), rows, BEHIND if is_behind else "")


async def _all(step: Callable[..., Awaitable[int]]) -> tuple[int, bool]:
    """Batch by batch, until there are no more or it is enough for one run: how many rows, and
    whether those were all."""
    total, end = 0, monotonic() + LONGEST_S
    while True:
        count = await step(most=BATCH)
        total += count
        if count < BATCH:
            return total, True
        if monotonic() > end:
            return total, False
        await asyncio.sleep(PAUSE_S)
