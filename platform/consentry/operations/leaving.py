"""The end of a tenant: told, taken back while there is time, and done piece by piece."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from consentry.operations.audit import record_for_operators
from consentry.operations.errors import Conflict, NotFound, Refused
from consentry.operations.permissions import require_operator
from consentry.operations.rows import with_changes
from consentry.operations.tenants import claim_tenant, record_tenant
from consentry.records.tenant import Tenant
from consentry.store.ports import Store
from consentry.tenancy.actor import SYSTEM, Actor
from consentry.tenancy.deployment import Deployment

BATCH: Final = 1_000
LONGEST_GRACE: Final = 31_536_000
LAST_MINUTE: Final = timedelta(minutes=1)
"""Too late to restore: the clock of the process that removes it may be ahead of ours."""


async def dismiss_tenant(
    deployment: Deployment, slug: str, *, grace: int | None = None, actor: Actor = SYSTEM
) -> Tenant:
    """From now on its hosts answer 403, and after the grace period a sweep removes it.

    grace: seconds, the deployment's when omitted; who gives it moves an end that is told
    already. Raises NotFound, Forbidden, Refused.
    """
    require_operator(actor, "tenants.write")
    if grace is not None and not 0 <= grace <= LONGEST_GRACE:
        raise Refused("grace", f"must be 0 to {LONGEST_GRACE} seconds")
    async with _claimed(deployment, slug) as (store, tenant):
        if tenant.delete_at is None or grace is not None:
            seconds = deployment.settings.tenant_grace if grace is None else grace
            end = deployment.clock() + timedelta(seconds=seconds)
            tenant = with_changes(tenant, delete_at=end)
            await store.tenants.save(with_changes(tenant))
            await record_tenant(deployment, store, actor, tenant, "tenant.dismiss")
    return tenant


async def restore_tenant(deployment: Deployment, slug: str, *, actor: Actor = SYSTEM) -> Tenant:
    """It stays after all, disabled if it was before. Raises NotFound, Forbidden.

    Raises Conflict from the last minute of the grace period on.
    """
    require_operator(actor, "tenants.write")
    async with _claimed(deployment, slug) as (store, tenant):
        if tenant.delete_at is not None:
            if tenant.delete_at <= deployment.clock() + LAST_MINUTE:
                raise Conflict("delete_at", f"{slug} is being removed")
            tenant = with_changes(tenant, delete_at=None)
            await store.tenants.save(with_changes(tenant))
            await record_tenant(deployment, store, actor, tenant, "tenant.restore")
    return tenant


@asynccontextmanager
async def _claimed(deployment: Deployment, slug: str) -> AsyncIterator[tuple[Store, Tenant]]:
    async with deployment.store.begin() as store:
        tenant = await claim_tenant(store, slug)
        if tenant is None:
            raise NotFound("tenant", slug)
        yield store, tenant


async def delete_tenant(deployment: Deployment, slug: str, *, actor: Actor = SYSTEM) -> None:
    """Remove it now and everything in it, its audit trail too, for good.

    That it was there and who removed it stays in the operators' trail. Cut short, it is ended
    by a sweep. Outside of any transaction. Raises NotFound, Forbidden.
    """
    tenant = await dismiss_tenant(deployment, slug, grace=0, actor=actor)
    while await remove_some(deployment, tenant, actor=actor):
        pass


async def remove_some(deployment: Deployment, tenant: Tenant, *, actor: Actor = SYSTEM) -> bool:
    """Remove a piece of a tenant whose time has come; False once all of it is gone.

    Several processes may do so at once, and go on where another stopped.
    """
    if await deployment.store.tenants.empty(tenant.tenant_id, batch=BATCH):
        return True
    async with deployment.store.begin() as store:
        found = await claim_tenant(store, tenant.slug)
        if found is not None and found.tenant_id == tenant.tenant_id and found.delete_at:
            await store.tenants.delete(tenant.tenant_id)
            now, target = deployment.clock(), ("tenant", tenant.slug)
            await record_for_operators(store, actor, now, "tenant.delete", target=target)
    return False
