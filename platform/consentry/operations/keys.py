"""Signing keys and data keys: listed, rotated, wrapped anew."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, get_args
from uuid import UUID

from consentry.crypto.seal import Unsealable
from consentry.operations.errors import OperationError, Refused
from consentry.operations.tenants import each_tenant
from consentry.records.policy import SigningAlg
from consentry.tenancy.actor import OPERATORS
from consentry.tenancy.context import TenantContext
from consentry.tenancy.deployment import Deployment
from consentry.tenancy.signing import add_key, next_slot, ring
from consentry.tenancy.signing_ring import HeldKey

ALGS: Final[tuple[str, ...]] = get_args(SigningAlg)
MAX_AHEAD_S: Final = 30 * 86_400
_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """tenants: looked at. keys: wrapped anew. current: left, being wrapped so already."""

    tenants: int
    keys: int
    current: int


async def list_keys(ctx: TenantContext) -> Sequence[HeldKey]:
    """Signing keys, also those long retired, by algorithm with the newest first."""
    return (await ring(ctx, fresh=True)).keys


async def rotate_key(ctx: TenantContext, alg: str, ahead_s: int = 0) -> str:
    """A new signing key; its kid. It signs from `ahead_s` seconds on, published at once.

    The old ones stop signing then, and stay published until what they signed has expired.
    Raises Refused for an algorithm or a time that cannot be.
    """
    if alg not in ALGS:
        raise Refused("alg", f"must be one of {', '.join(ALGS)}")
    if not 0 <= ahead_s <= MAX_AHEAD_S:
        raise Refused("ahead", f"must be 0 to {MAX_AHEAD_S} seconds")
    for _ in range(_TRIES):
        active_at = ctx.now() + timedelta(seconds=ahead_s)
        slot = next_slot(await ring(ctx, fresh=True), alg)
        kid = await add_key(ctx, alg, slot=slot, active_at=active_at)
        if kid is not None:
            await ctx.store.keys.retire_signing_keys(alg, except_kid=kid, at=active_at)
            ctx.signing_ring = None
            return kid
    raise OperationError("other processes are rotating this key; try again")


async def rewrap(deployment: Deployment) -> Rewrapped:
    """Wrap the keys of every tenant, and the operators', by the newest root key.

    What they seal stays as it is. Raises OperationError, after doing the others, if no
    configured root key fits a tenant's.
    """
    tenants = keys = current = 0
    locked: list[str] = []
    async for name, tenant_id in _owners(deployment):
        tenants += tenant_id != OPERATORS
        try:
            renewed, left = await _rewrap_one(deployment, tenant_id)
        except Unsealable:
            locked.append(name)
            continue
        keys, current = keys + renewed, current + left
    if locked:
        raise OperationError(
            f"no key of CONSENTRY_SECRET_KEY fits {len(locked)} of {tenants} tenants, "
            f"{locked[0]} among them; {keys} keys of the others were wrapped anew"
        )
    return Rewrapped(tenants, keys, current)


async def _owners(deployment: Deployment) -> AsyncIterator[tuple[str, UUID]]:
    """Name and id of all who have keys."""
    yield "the base host", OPERATORS
    async for tenant in each_tenant(deployment.store):
        yield tenant.slug, tenant.tenant_id


async def _rewrap_one(deployment: Deployment, tenant_id: UUID) -> tuple[int, int]:
    renewed = left = 0
    roots, owner = deployment.root_keys, tenant_id.bytes
    inside = deployment.store.inside(tenant_id)
    for key in await inside.keys.tenant_keys():
        if roots.is_current(key.wrapped):
            left += 1
            continue
        secret = roots.unwrap(owner, key.purpose, key.version, key.wrapped)
        await inside.keys.rewrap(key, roots.wrap(owner, key.purpose, key.version, secret))
        renewed += 1
    return renewed, left
