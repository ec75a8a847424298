"""What is done in the background. Each job may run in several processes at once."""

import asyncio
from datetime import datetime
from uuid import UUID

from consentry.store.ports import Unavailable
from consentry.telemetry import get_logger
from consentry.tenancy.deployment import Deployment

BATCH = 1_000
# Between two batches, so that a sweep never takes the database for itself.
PAUSE_S = 0.2
MOST_BATCHES = 50


async def sweep(deployment: Deployment) -> None:
    """Delete what has expired, in bounded batches."""
    for _ in range(MOST_BATCHES):
        gone = await deployment.store.sweep(deployment.clock(), batch=BATCH)
        if any(gone.values()):
            get_logger().info("swept", **gone)
        if max(gone.values(), default=0) < BATCH:
            return
        await asyncio.sleep(PAUSE_S)


async def flush(deployment: Deployment) -> None:
    """Store the refusals and last uses gathered since the last time."""
    await deployment.refusals.flush(deployment.store)
    uses = dict(deployment.secret_uses)
    deployment.secret_uses.clear()
    by_tenant: dict[UUID, list[tuple[str, UUID, datetime]]] = {}
    for (tenant_id, client_id, secret_id), at in uses.items():
        by_tenant.setdefault(tenant_id, []).append((client_id, secret_id, at))
    for tenant_id, used in by_tenant.items():
        try:
            await deployment.store.inside(tenant_id).clients.secrets_used(used)
        except Unavailable:
            get_logger().warning("last_uses_lost", count=len(used))
