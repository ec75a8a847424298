"""Signing keys and data keys: listed, rotated, revoked, wrapped anew."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, get_args
from uuid import UUID

from consentry.crypto.root import RootKeys
from consentry.crypto.seal import Unsealable
from consentry.jose.keys import PrivateKey
from consentry.operations.audit import append, event, record
from consentry.operations.changing import changing
from consentry.operations.errors import NotFound, OperationError, Refused
from consentry.operations.permissions import require, require_operator
from consentry.operations.tenants import each_tenant
from consentry.records.policy import SigningAlg
from consentry.store.ports import TenantStore
from consentry.tenancy.actor import OPERATORS, SYSTEM, Actor
from consentry.tenancy.context import TenantContext
from consentry.tenancy.deployment import Deployment
from consentry.tenancy.signing import made_key, next_slot, ring, store_key
from consentry.tenancy.signing_ring import HeldKey, SigningRing

ALGS: Final[tuple[str, ...]] = get_args(SigningAlg)
MAX_AHEAD_S: Final = 30 * 86_400
SIGNING: Final = ("pending", "active")
_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """tenants: looked at. keys: wrapped anew. current: left, being wrapped so already."""

    tenants: int
    keys: int
    current: int


async def list_keys(ctx: TenantContext) -> Sequence[HeldKey]:
    """Signing keys, also those long retired, by algorithm with the newest first.

    Raises Forbidden.
    """
    await require(ctx, "keys.read")
    return (await ring(ctx, fresh=True)).keys


async def rotate_key(ctx: TenantContext, alg: str, ahead_s: int = 0) -> str:
    """A new signing key; its kid. It signs from `ahead_s` seconds on, published at once.

    The old ones stop signing then, and stay published until what they signed has expired.
    Raises Forbidden, or Refused for an algorithm or a time that cannot be.
    """
    await require(ctx, "keys.write")
    if alg not in ALGS:
        raise Refused("alg", f"must be one of {', '.join(ALGS)}")
    if not 0 <= ahead_s <= MAX_AHEAD_S:
        raise Refused("ahead", f"must be 0 to {MAX_AHEAD_S} seconds")
    made = await made_key(ctx, alg)
    for _ in range(_TRIES):
        kid = await _put_in_place(ctx, made, alg, ctx.now() + timedelta(seconds=ahead_s))
        if kid is not None:
            ctx.signing_ring = None
            return kid
    raise OperationError("other processes are making such a key; try again")


async def follow_key(ctx: TenantContext, alg: str, kid: str, *, ahead_s: int) -> bool:
    """A new key after this one, as `rotate_key` makes it; False if another follows it already."""
    made, active_at = await made_key(ctx, alg), ctx.now() + timedelta(seconds=ahead_s)
    return await _put_in_place(ctx, made, alg, active_at, after=kid) is not None


async def revoke_key(ctx: TenantContext, kid: str) -> str | None:
    """Take out a key that others may have: what it signed counts no more, from this moment on.

    It leaves the JWK Set. One that signs, or was to, is followed at once by a new one, also
    where another was planned: who has the one may have the other. The kid of the new one, or
    None where none was needed. Raises Forbidden, NotFound.
    """
    await require(ctx, "keys.write")
    key = _named(await ring(ctx, fresh=True), kid)
    made = await made_key(ctx, key.row.alg) if key.state(ctx.now()) in SIGNING else None
    for _ in range(_TRIES):
        if await _take_out(ctx, kid, made):
            # Another may have taken it out before us, with a new one of theirs.
            held = await ring(ctx, fresh=True)
            return made.kid if made and made.kid in held.kids else None
    raise OperationError("other processes are making such a key; try again")


async def _take_out(ctx: TenantContext, kid: str, made: PrivateKey | None) -> bool:
    """False when nothing was done, for the slot of the new key was taken in this moment."""
    async with changing(ctx) as inner:
        key, now = _named(await ring(inner, fresh=True), kid), ctx.now()
        if key.is_revoked:
            return True
        if made is not None and await _put_in_place(inner, made, key.row.alg, now) is None:
            return False
        await inner.store.keys.revoke_signing_key(kid, at=now)
        await record(inner, "key.revoke", target=("key", kid), detail={"alg": key.row.alg})
        return True


def _named(held: SigningRing, kid: str) -> HeldKey:
    for key in held.keys:
        if key.row.kid == kid:
            return key
    raise NotFound("key", kid)


async def _put_in_place(
    ctx: TenantContext, made: PrivateKey, alg: str, active_at: datetime, *, after: str | None = None
) -> str | None:
    """The kid, or None when the tenant's first key took the slot in this moment.

    after: the key it is to follow; None, too, when there is one that does.
    """
    async with changing(ctx) as inner:
        held = await ring(inner, fresh=True)
        newest = next((one.row.kid for one in held.keys if one.row.alg == alg), None)
        if after is not None and newest != after:
            return None
        slot = next_slot(held, alg)
        kid = await store_key(inner, made, alg, slot=slot, active_at=active_at)
        if kid is not None:
            await inner.store.keys.retire_signing_keys(alg, except_kid=kid, at=active_at)
            detail = {"alg": alg, "active_at": active_at.isoformat(timespec="seconds")}
            await record(inner, "key.rotate", target=("key", kid), detail=detail)
        return kid


async def rewrap(deployment: Deployment, *, actor: Actor = SYSTEM) -> Rewrapped:
    """Wrap the keys of every tenant, and the operators', by the newest root key.

    What they seal stays as it is. Raises OperationError, after doing the others, if no
    configured root key fits a tenant's.
    """
    require_operator(actor, "tenants.write")
    tenants = keys = current = 0
    locked: list[str] = []
    async for name, tenant_id in _owners(deployment):
        tenants += tenant_id != OPERATORS
        try:
            renewed, left = await _rewrap_one(deployment, tenant_id, actor)
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


async def _rewrap_one(deployment: Deployment, tenant_id: UUID, actor: Actor) -> tuple[int, int]:
    async with deployment.store.begin() as store:
        inside = store.inside(tenant_id)
        renewed, left = await _rewrap_keys(deployment.root_keys, tenant_id.bytes, inside)
        if renewed:
            done = event(actor, deployment.clock(), "key.rewrap", detail={"keys": renewed})
            await append(store, tenant_id, [done])
    return renewed, left


async def _rewrap_keys(roots: RootKeys, owner: bytes, inside: TenantStore) -> tuple[int, int]:
    renewed = left = 0
    for key in await inside.keys.tenant_keys():
        if roots.is_current(key.wrapped):
            left += 1
            continue
        secret = roots.unwrap(owner, key.purpose, key.version, key.wrapped)
        await inside.keys.rewrap(key, roots.wrap(owner, key.purpose, key.version, secret))
        renewed += 1
    return renewed, left
