"""The jobs: each runs in one process at a time, and again where one that ran it died."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Final

from consentry.operations.data_key_rotation import rotate_data_keys
from consentry.operations.key_rotation import overdue, retire_over, rotate_due
from consentry.operations.leaving import remove_some
from consentry.telemetry import get_logger
from consentry.tenancy.deployment import Deployment
from consentry_workers.people import count_people
from consentry_workers.report import Report
from consentry_workers.sweep import sweep
from consentry_workers.usage import roll_up

MOST_PIECES: Final = 50
MOST_KEYS: Final = 500
# Between two pieces, so that a big tenant never takes the database for itself.
PAUSE_S: Final = 0.2


async def remove_tenants(deployment: Deployment) -> Report:
    """Remove tenants whose time has come; what is too much for one run waits for the next."""
    removed = 0
    for _ in range(MOST_PIECES):
        tenant = await deployment.store.tenants.due(deployment.clock())
        if tenant is None:
            break
        if not await remove_some(deployment, tenant):
            removed += 1
            get_logger().info("tenant_removed", tenant=tenant.slug)
        await asyncio.sleep(PAUSE_S)
    return Report(removed)


async def rotate_keys(deployment: Deployment) -> Report:
    """Have signing keys whose time has come followed by new ones, and forget those over."""
    rotated, failed = await rotate_due(deployment, most=MOST_KEYS)
    retired = await retire_over(deployment, most=MOST_KEYS)
    late = await overdue(deployment)
    detail = {"rotated": rotated, "retired": retired, "overdue": late}
    problem = f"{failed} keys could not be followed; the log says more" if failed else ""
    return Report(rotated + retired, detail, problem)


async def rotate_data(deployment: Deployment) -> Report:
    """Take data keys whose time has come one step on."""
    done = await rotate_data_keys(deployment)
    detail = asdict(done)
    failed = detail.pop("failed")
    problem = f"{failed} data keys were left as they are; the log says more" if failed else ""
    return Report(sum(detail.values()), detail, problem)


RUNS: Final[dict[str, Callable[[Deployment], Awaitable[Report]]]] = {
    "data-keys": rotate_data,
    "keys": rotate_keys,
    "people": count_people,
    "sweep": sweep,
    "tenants": remove_tenants,
    "usage": roll_up,
}
"""What each of `operations.jobs.JOBS` does."""
