"""A tenant's signing keys: made when first needed, rotated with overlap.

A key's state follows from its times. It is pending before `active_at` (published,
so that verifiers know it), active after, retiring from `retiring_at` on (published
until the last token it signed has expired), then retired.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Literal

import orjson

from consentry.jose.keys import PrivateKey, generate
from consentry.records.key import SigningKey
from consentry.tenancy.context import TenantContext

State = Literal["pending", "active", "retiring", "retired"]
SEAL_PURPOSE = "signing-key"


@dataclass(frozen=True)
class HeldKey:
    """A stored signing key and the way to its private half."""

    row: SigningKey
    ctx: TenantContext
    published_for: timedelta

    @cached_property
    def private(self) -> PrivateKey:
        """The key itself, unsealed when first used."""
        return PrivateKey.from_bytes(
            self.row.alg, self.ctx.keys.unseal(SEAL_PURPOSE, self.row.sealed)
        )

    def state(self, now: datetime) -> State:
        """Where it is in its life."""
        if self.row.retired_at is not None and self.row.retired_at <= now:
            return "retired"
        if self.row.active_at > now:
            return "pending"
        if self.row.retiring_at is None or self.row.retiring_at > now:
            return "active"
        return "retiring" if now < self.row.retiring_at + self.published_for else "retired"

    def changes(self) -> list[datetime]:
        """When it comes to another state, past and to come."""
        row = self.row
        ends = [row.retiring_at, row.retiring_at + self.published_for] if row.retiring_at else []
        return [row.active_at, *ends, *([row.retired_at] if row.retired_at else [])]


class SigningRing:
    """All signing keys of a tenant."""

    def __init__(self, keys: list[HeldKey]) -> None:
        self.keys = keys
        self._active: dict[str, HeldKey] = {}
        self._jwks = b""
        # What is kept above holds between these two.
        self._since = self._until = datetime.min.replace(tzinfo=UTC)

    def active(self, alg: str, now: datetime) -> HeldKey | None:
        """The key that signs with an algorithm now."""
        self._settle(now)
        return self._active.get(alg)

    def public(self) -> list[dict[str, Any]]:
        """Every public key that ever signed, for tokens handed back to us."""
        return [k.row.public_jwk for k in self.keys]

    def jwks(self, now: datetime) -> bytes:
        """The JWK Set of what is pending, active or retiring (RFC 7517 §5)."""
        self._settle(now)
        return self._jwks

    def _settle(self, now: datetime) -> None:
        """Work the states out anew when a key has come to its next one."""
        if self._since <= now < self._until:
            return
        fit = [k for k in self.keys if k.state(now) == "active"]
        fit.sort(key=lambda k: (k.row.active_at, k.row.slot))
        self._active = {k.row.alg: k for k in fit}
        shown = [k.row.public_jwk for k in self.keys if k.state(now) != "retired"]
        self._jwks = orjson.dumps({"keys": shown})
        ahead = [at for k in self.keys for at in k.changes() if at > now]
        self._since, self._until = now, min(ahead, default=datetime.max.replace(tzinfo=UTC))


async def ring(ctx: TenantContext, *, fresh: bool = False) -> SigningRing:
    """The tenant's signing keys, read once a context; `fresh` reads them again."""
    if ctx.signing_ring is None or fresh:
        longest = longest_token(ctx)
        rows = await ctx.store.keys.signing_keys()
        ctx.signing_ring = SigningRing([HeldKey(row, ctx, longest) for row in rows])
    return ctx.signing_ring


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
    for alg in ctx.policy.signing_algs:
        await signing_key(ctx, alg)
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
    loop = asyncio.get_running_loop()
    # An RSA key takes tens of milliseconds or more: never on the event loop.
    made = await loop.run_in_executor(ctx.deployment.threads, generate, alg)
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
