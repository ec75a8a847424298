"""Passwords, under throttles by account and by address."""

import asyncio
from functools import lru_cache
from hashlib import sha256
from ipaddress import ip_address, ip_network

from consentry import metrics
from consentry.crypto.passwords import (
    DUMMY_HASH,
    is_outdated,
    renewed,
    verify_password,
)
from consentry.operations.rows import with_changes
from consentry.operations.sign_in import note_throttled
from consentry.records.user import User
from consentry.settings import Limit
from consentry.spec.errors import TemporarilyUnavailable, TooManyRequests
from consentry.tenancy.context import TenantContext
from consentry.tenancy.deployment import Deployment

_waiting: dict[int, int] = {}


async def check_password(
    ctx: TenantContext, identifier: str, password: str, *, address: str, device: str | None
) -> User | None:
    """The enabled user whose password this is, else None, in the same time.

    Each try is counted before it is checked, so that many at once count as many. The
    `device` this very user signed in from before is counted by itself, whatever its
    address: strangers who guess do not lock its owner out. Raises TooManyRequests, and
    TemporarilyUnavailable when too many wait.
    """
    user = await ctx.store.users.by_identifier(identifier) if len(identifier) <= 320 else None
    own = device if user is not None and user.user_id.hex == device else None
    account = _subject(f"account\0{identifier.casefold()}\0{own or ''}")
    place = "" if own else _subject(f"address\0{network(address)}") if address else ""
    await _count(ctx, account, place, user)
    stored = user.password_hash if user is not None and user.disabled_at is None else None
    matched = await verify(ctx.deployment, password, stored or DUMMY_HASH)
    if user is None or stored is None or not matched:
        metrics.signed_in("refused")
        return None
    await _forget(ctx, account, place)
    metrics.signed_in("accepted")
    return await renew(ctx, user, stored, password) if is_outdated(stored) else user


async def renew(ctx: TenantContext, user: User, stored: str, password: str) -> User | None:
    """The user, whose hash costs from now on what one made today does.

    None if the password was changed meanwhile: then it is not theirs any more.
    """
    threads, loop = ctx.deployment.threads, asyncio.get_running_loop()
    phc = await loop.run_in_executor(threads, renewed, password, stored)
    if await ctx.store.users.rehash(user.user_id, stored, phc):
        return with_changes(user, password_hash=phc)
    found = await ctx.store.users.get(user.user_id)
    now = found.password_hash if found is not None and found.disabled_at is None else None
    return found if now and await verify(ctx.deployment, password, now) else None


async def verify(deployment: Deployment, password: str, phc: str) -> bool:
    """Check a hash on a hashing thread. Raises TemporarilyUnavailable when too many wait."""
    name = id(deployment.threads)
    if _waiting.get(name, 0) >= deployment.settings.password_queue:
        raise TemporarilyUnavailable("too many people are signing in, try again in a moment")
    _waiting[name] = _waiting.get(name, 0) + 1
    try:
        return await asyncio.get_running_loop().run_in_executor(
            deployment.threads, verify_password, password, phc
        )
    finally:
        _waiting[name] -= 1


@lru_cache(maxsize=4_096)
def network(address: str) -> str:
    """What counts as one address: an IPv4 address, or an IPv6 /64."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else str(parsed)


def _subject(text: str) -> str:
    return sha256(f"sign-in\0{text}".encode()).hexdigest()


async def _count(ctx: TenantContext, account: str, place: str, user: User | None) -> None:
    settings = ctx.deployment.settings
    if settings.limits == "off":
        return
    # The address first: one that may not try must not use up the account's tries.
    if place:
        await _take(ctx, place, settings.limit_sign_in_address, None)
    await _take(ctx, account, settings.limit_sign_in_account, user)


async def _forget(ctx: TenantContext, account: str, place: str) -> None:
    """A good password forgets the account's failures, and was no failure of its address."""
    settings = ctx.deployment.settings
    if settings.limits == "off":
        return
    await ctx.store.throttles.give_back(account)
    if place:
        limit = settings.limit_sign_in_address
        await ctx.store.throttles.give_one_back(
            place, count=limit.attempts, period_s=limit.period_s
        )


async def _take(ctx: TenantContext, subject: str, limit: Limit, user: User | None) -> None:
    wait = await ctx.store.throttles.take(
        subject, count=limit.attempts, period_s=limit.period_s, now=ctx.now()
    )
    if wait:
        metrics.signed_in("throttled")
        await note_throttled(ctx, subject, user, period_s=limit.period_s)
        raise TooManyRequests("too many attempts, try again later", retry_after=wait)
