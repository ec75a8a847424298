"""What a process gathers in memory, stored every second or so."""

from datetime import datetime
from uuid import UUID

from consentry.records.client import ClientUse
from consentry.store.ports import Unavailable
from consentry.telemetry import get_logger
from consentry.tenancy.deployment import Deployment


async def flush(deployment: Deployment) -> None:
    """Store what was gathered since the last time: refusals, successes, last uses, counts.

    Raises Unavailable when counts could not be stored: they wait for the next time.
    """
    await deployment.refusals.flush(deployment.store)
    await deployment.successes.flush(deployment.store)
    await _flush_secrets(deployment)
    await _flush_clients(deployment)
    await deployment.usage.flush(deployment.store)


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
