"""The jobs: each runs in one process at a time, and again where one that ran it died."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from consentry.operations.leaving import remove_some
from consentry.telemetry import get_logger
from consentry.tenancy.deployment import Deployment
from consentry_workers.report import Report
from consentry_workers.sweep import sweep

MOST_PIECES: Final = 50
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


RUNS: Final[dict[str, Callable[[Deployment], Awaitable[Report]]]] = {
    "sweep": sweep,
    "tenants": remove_tenants,
}
"""What each of `operations.jobs.JOBS` does."""
