"""Counts of use, summed up as they grow older."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Final

from consentry.operations.usage import begin_of
from consentry.records.usage import DAY, HOUR, MINUTE
from consentry.store.usage import RolledUp
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
    """Sum counts by minute up by hour, those by hour by day, and delete old days: whole hours
    and whole days, so that each row is written once.

    Each of the three lasts 200 s at most; the report says if that was not enough.
    """
    now, usage = deployment.clock(), deployment.store.usage
    hour, day = begin_of(now - MINUTES_KEPT, "hour"), begin_of(now - HOURS_KEPT, "day")
    lifetime = timedelta(seconds=deployment.settings.usage_lifetime)
    done = {
        "minutes": await _rolled(partial(usage.roll_up, MINUTE, HOUR, hour)),
        "hours": await _rolled(partial(usage.roll_up, HOUR, DAY, day)),
        "days": await _forgotten(partial(usage.forget, now - lifetime)),
    }
    rows = {name: count for name, (count, _) in done.items()}
    is_behind = not all(is_whole for _, is_whole in done.values())
    return Report(sum(rows.values()), rows, BEHIND if is_behind else "")


async def _rolled(step: Callable[..., Awaitable[RolledUp]]) -> tuple[int, bool]:
    """Batch by batch, until all tenants had their turn or it is enough for one run: how many
    rows, and whether those were all."""
    total, end, done = 0, monotonic() + LONGEST_S, RolledUp(0, None, is_over=False)
    while True:
        done = await step(after=done.after, most=BATCH)
        total += done.rows
        if done.is_over or monotonic() > end:
            return total, done.is_over
        await asyncio.sleep(PAUSE_S if done.rows else 0)


async def _forgotten(step: Callable[..., Awaitable[int]]) -> tuple[int, bool]:
    """The same of days that are too old."""
    total, end = 0, monotonic() + LONGEST_S
    while True:
        count = await step(most=BATCH)
        total += count
        if count < BATCH or monotonic() > end:
            return total, count < BATCH
        await asyncio.sleep(PAUSE_S)
