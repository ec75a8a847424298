"""Signing keys followed by new ones when their time has come, and forgotten when it is over."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from consentry.operations.keys import follow_key
from consentry.records.policy import Policy
from consentry.store.key_ages import AgedKey
from consentry.store.ports import Unavailable
from consentry.telemetry import get_logger
from consentry.tenancy.context import open_tenant
from consentry.tenancy.deployment import Deployment

AHEAD_S: Final = 3_600
"""A new key is published so long before it signs: twelve times as long as verifiers may keep
what they fetched (`max-age` of the JWK Set), so that each knows it in time."""
SPREAD: Final = 0.1
"""The part of a lifetime by which keys of one day are followed at different times."""
# No token lives longer (records.policy): what a key signed is over then.
LONGEST_TOKEN: Final = timedelta(days=1)
OVERDUE_S: Final = 86_400
DEFAULT_LIFETIME: Final = int(Policy.model_fields["signing_key_lifetime"].default)
PAGE: Final = 500


async def rotate_due(deployment: Deployment, *, most: int) -> tuple[int, int]:
    """Have at most `most` keys whose time has come followed by new ones: how many were, and
    how many could not be.

    The new one is published at once and signs `AHEAD_S` later; the old one signs until then.
    Also keys of algorithms that the policy names no more: a client of before may still ask for
    what they sign. What is wrong with one tenant does not keep the others waiting. Raises
    Unavailable.
    """
    rotated = failed = 0
    for key in await _due(deployment):
        if rotated == most:
            break
        try:
            rotated += await _follow(deployment, key)
        except Exception as error:
            await check_reachable(deployment, error)
            get_logger().exception("key_not_followed", tenant=str(key.tenant_id), kid=key.kid)
            failed += 1
    return rotated, failed


async def check_reachable(deployment: Deployment, error: Exception) -> None:
    """Raises Unavailable if that is why something failed: one tenant may be kept by an import
    for longer than anybody waits, while the database answers all others."""
    if isinstance(error, Unavailable):
        await deployment.store.ping()


async def _follow(deployment: Deployment, key: AgedKey) -> bool:
    row = await deployment.store.tenants.get(key.tenant_id)
    if row is None or row.is_disabled:
        return False
    ctx = await open_tenant(deployment, row)
    return await follow_key(ctx, key.alg, key.kid, ahead_s=AHEAD_S)


async def retire_over(deployment: Deployment, *, most: int) -> int:
    """Forget the private halves of at most `most` keys when all they signed is over.

    The public halves stay: an ID token is a good hint for longer than it lives
    (OIDC RP-Initiated Logout §2).
    """
    now = deployment.clock()
    return await deployment.store.key_ages.retire(now - LONGEST_TOKEN, now, limit=most)


async def overdue(deployment: Deployment) -> int:
    """How many keys should have been followed a day ago or longer."""
    now = deployment.clock() - timedelta(seconds=OVERDUE_S)
    return sum([1 for key in await _newest(deployment, now) if rotates_at(key) < now])


def rotates_at(key: AgedKey) -> datetime:
    """When the key after this one is to be published; far ahead if never."""
    lifetime = DEFAULT_LIFETIME if key.lifetime is None else key.lifetime
    return within_lifetime(key.active_at, lifetime, key.kid.encode(), ahead_s=AHEAD_S)


def within_lifetime(begun: datetime, lifetime: int, name: bytes, *, ahead_s: int = 0) -> datetime:
    """A moment in the last tenth of a lifetime, and so many seconds before; far ahead for 0.

    The same for each look at a name, and other for each name.
    """
    if lifetime == 0:
        return datetime.max.replace(tzinfo=begun.tzinfo)
    part = int.from_bytes(sha256(name).digest()[:4], "big") / 2**32
    return begun + timedelta(seconds=lifetime * (1 - SPREAD * part) - ahead_s)


async def _due(deployment: Deployment) -> list[AgedKey]:
    now = deployment.clock()
    return [key for key in await _newest(deployment, now) if rotates_at(key) <= now]


async def _newest(deployment: Deployment, now: datetime) -> list[AgedKey]:
    """Every key that may be due, page by page."""
    before = now - timedelta(seconds=DEFAULT_LIFETIME * (1 - SPREAD) - AHEAD_S)
    ages, found = deployment.store.key_ages, []
    page = await ages.newest(before, limit=PAGE)
    while page:
        found += page
        page = await ages.newest(before, after=(page[-1].active_at, page[-1].kid), limit=PAGE)
    return found
