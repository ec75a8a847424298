"""Making a tenant's signing keys: when first needed, and rotated with overlap."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from consentry.jose.compact import kid_of
from consentry.jose.keys import PrivateKey, generate
from consentry.records.key import SigningKey
from consentry.tenancy.context import TenantContext
from consentry.tenancy.signing_ring import SEAL_PURPOSE, HeldKey, SigningRing

READ_AGAIN_AFTER = timedelta(seconds=1)


async def ring(ctx: TenantContext, *, fresh: bool = False) -> SigningRing:
    """The tenant's signing keys, read once a context; `fresh` reads them again."""
    if ctx.signing_ring is None or fresh:
        longest = longest_token(ctx)
        rows = await ctx.store.keys.signing_keys()
        ctx.signing_ring = SigningRing([HeldKey(row, ctx.keys, longest) for row in rows], ctx.now())
    return ctx.signing_ring


async def verifying_keys(ctx: TenantContext, token: str) -> list[dict[str, Any]]:
    """Every public key that ever signed here and was not revoked, to verify a token handed back.

    A `kid` that another process may have made a moment ago reads them again, at most
    once a second.
    """
    held = await ring(ctx)
    kid = kid_of(token)
    # In either direction: a clock that was set back does not put it off.
    if kid and kid not in held.kids and abs(ctx.now() - held.read_at) > READ_AGAIN_AFTER:
        held = await ring(ctx, fresh=True)
    return held.public()


def longest_token(ctx: TenantContext) -> timedelta:
    """The longest a token of this tenant stays good after it was signed."""
    policy = ctx.policy
    lifetimes = [policy.access_token_lifetime, policy.id_token_lifetime]
    lifetimes += [api.access_token_lifetime or 0 for api in ctx.apis.values()]
    return timedelta(seconds=max(lifetimes))


async def signing_key(ctx: TenantContext, alg: str) -> PrivateKey:
    """The key that signs with `alg` now, made if there is none yet."""
    held = (await ring(ctx)).active(alg, ctx.now())
    if held is None:
        held = await _first(ctx, alg)
    return held.private


async def ensure_keys(ctx: TenantContext) -> SigningRing:
    """The ring with an active key for each algorithm of the policy."""
    held, now = await ring(ctx), ctx.now()
    for alg in ctx.policy.signing_algs:
        if held.active(alg, now) is None:
            await _first(ctx, alg)
    return await ring(ctx)


_first_key_locks: dict[tuple[int, str], asyncio.Lock] = {}


async def _first(ctx: TenantContext, alg: str) -> HeldKey:
    """Make a tenant's first key of an algorithm; of several processes, one's is stored."""
    name = (ctx.serial, alg)
    lock = _first_key_locks.setdefault(name, asyncio.Lock())
    try:
        async with lock:
            held = (await ring(ctx, fresh=True)).active(alg, ctx.now())
            if held is None:
                await add_key(ctx, alg, slot=next_slot(await ring(ctx), alg), active_at=ctx.now())
                held = (await ring(ctx, fresh=True)).active(alg, ctx.now())
    finally:
        _first_key_locks.pop(name, None)
    if held is None:
        raise RuntimeError(f"no active {alg} key after one was made")
    return held


def next_slot(current: SigningRing, alg: str) -> int:
    """The number the next key of an algorithm takes."""
    return 1 + max((k.row.slot for k in current.keys if k.row.alg == alg), default=0)


async def add_key(ctx: TenantContext, alg: str, *, slot: int, active_at: datetime) -> str | None:
    """Make and store a key; its kid, or None when another process took the slot."""
    return await store_key(ctx, await made_key(ctx, alg), alg, slot=slot, active_at=active_at)


async def made_key(ctx: TenantContext, alg: str) -> PrivateKey:
    """A new key, not stored yet."""
    loop = asyncio.get_running_loop()
    # An RSA key takes tens of milliseconds or more: never on the event loop.
    return await loop.run_in_executor(ctx.deployment.threads, generate, alg)


async def store_key(
    ctx: TenantContext, made: PrivateKey, alg: str, *, slot: int, active_at: datetime
) -> str | None:
    """Store a key; its kid, or None when another process took the slot."""
    stored = await ctx.store.keys.add_signing_key(
        SigningKey(
            tenant_id=ctx.tenant.tenant_id,
            kid=made.kid,
            alg=alg,
            slot=slot,
            public_jwk=dict(made.public_jwk),
            sealed=ctx.keys.seal(SEAL_PURPOSE, made.to_bytes()),
            created_at=ctx.now(),
            active_at=active_at,
        )
    )
    return made.kid if stored else None
