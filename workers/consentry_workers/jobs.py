"""What is done in the background. Each job may run in several processes at once."""

import asyncio
from datetime import datetime
from uuid import UUID

from consentry.operations.leaving import remove_some
from consentry.records.client import ClientUse
from consentry.store.ports import Unavailable
from consentry.telemetry import get_logger
from consentry.tenancy.deployment import Deployment

BATCH = 1_000
# Between two batches, so that a sweep never takes the database for itself.
PAUSE_S = 0.2
MOST_BATCHES = 50


async def sweep(deployment: Deployment) -> None:
    """Delete what has expired, and tenants whose time has come, in bounded batches."""
    await _sweep_rows(deployment)
    await _sweep_tenants(deployment)


async def _sweep_rows(deployment: Deployment) -> None:
    for _ in range(MOST_BATCHES):
        gone = await deployment.store.sweep(deployment.clock(), batch=BATCH)
        if any(gone.values()):
            get_logger().info("swept", **gone)
        if max(gone.values(), default=0) < BATCH:
            return
        await asyncio.sleep(PAUSE_S)


async def _sweep_tenants(deployment: Deployment) -> None:
    """One after the other; what is left when the batches are used up waits for the next sweep."""
    for _ in range(MOST_BATCHES):
        tenant = await deployment.store.tenants.due(deployment.clock())
        if tenant is None:
            return
        if not await remove_some(deployment, tenant):
            get_logger().info("tenant_removed", tenant=tenant.slug)
        await asyncio.sleep(PAUSE_S)


async def flush(deployment: Deployment) -> None:
    """Store the refusals, successes and last uses gathered since the last time."""
    await deployment.refusals.flush(deployment.store)
    await deployment.successes.flush(deployment.store)
    await _flush_secrets(deployment)
    await _flush_clients(deployment)


async def _flush_secrets(deployment: Deployment) -> None:
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


async def _flush_clients(deployment: Deployment) -> None:
    uses = dict(deployment.client_uses)
    deployment.client_uses.clear()
    by_tenant: dict[UUID, list[ClientUse]] = {}
    for (tenant_id, client_id, protocol), at in uses.items():
        use = ClientUse(
            tenant_id=tenant_id, client_id=client_id, protocol=protocol, last_used_at=at
        )
        by_tenant.setdefault(tenant_id, []).append(use)
    for tenant_id, used in by_tenant.items():
        try:
            await deployment.store.inside(tenant_id).clients.used(used)
        except Unavailable:
            get_logger().warning("last_uses_lost", count=len(used))
