"""Data keys followed by new ones when their time has come, and dropped when nothing needs them.

A key is published, seals `AHEAD` later when every process holds it, is followed by the next, and
is looked at from `WAIT` on: what is stored under it is sealed anew, and it goes when no live
authorization can have a token of it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from consentry.operations.changing import changing
from consentry.operations.data_keys import MOST, forget, held, publish_next, reseal
from consentry.operations.key_rotation import SPREAD, check_reachable, within_lifetime
from consentry.records.policy import Policy
from consentry.store.data_keys import AgedDataKey
from consentry.telemetry import get_logger
from consentry.tenancy.actor import OPERATORS
from consentry.tenancy.context import TenantContext, open_tenant
from consentry.tenancy.deployment import Deployment
from consentry.tenancy.operators import open_operators

AHEAD: Final = timedelta(seconds=300)
"""Between publishing and sealing: news of a change reaches each process within a second."""
WAIT: Final = timedelta(days=8)
"""What has an end of its own and no row is over by then: the longest is a week's invitation."""
AGAIN: Final = timedelta(days=7)
"""After a look that found the key still needed. One that OAuth 1 credentials without an end
hang on is needed for as long as they are."""
MARGIN: Final = timedelta(hours=1)
"""A process that heard of the new key late may have sealed under the old one for that long."""
DEFAULT_LIFETIME: Final = int(Policy.model_fields["data_key_lifetime"].default)
TENANTS: Final = 500


@dataclass(slots=True)
class Rotated:
    """What a run did, in keys and in values that were sealed anew; failed: could not be done."""

    published: int = 0
    sealing: int = 0
    resealed: int = 0
    dropped: int = 0
    failed: int = 0


async def rotate_data_keys(deployment: Deployment) -> Rotated:
    """Take each data key whose time has come one step on, those of at most `TENANTS` a step.

    What is wrong with one tenant does not keep the others waiting. Raises Unavailable.
    """
    done, now = Rotated(), deployment.clock()
    ages = deployment.store.data_key_ages
    for key in (await _due(deployment, now))[:TENANTS]:
        await _try(deployment, done, key.tenant_id, key.version, _publish)
    for tenant_id, version in await ages.waiting(now - AHEAD, limit=TENANTS):
        await _try(deployment, done, tenant_id, version, _let_seal)
    for tenant_id, version in await ages.to_review(now, limit=TENANTS):
        await _try(deployment, done, tenant_id, version, _review)
    return done


def follows_at(key: AgedDataKey) -> datetime:
    """When the key after this one is to be published; far ahead if never."""
    lifetime = DEFAULT_LIFETIME if key.lifetime is None else key.lifetime
    name = key.tenant_id.bytes + key.version.to_bytes(2, "big")
    return within_lifetime(key.created_at, lifetime, name)


Step = Callable[[TenantContext, int, Rotated], Awaitable[None]]


async def _try(
    deployment: Deployment, done: Rotated, tenant_id: UUID, version: int, step: Step
) -> None:
    try:
        ctx = await _open(deployment, tenant_id)
        if ctx is not None:
            await step(ctx, version, done)
    except Exception as error:
        await check_reachable(deployment, error)
        get_logger().exception("data_key_left", tenant=str(tenant_id), version=version)
        done.failed += 1


async def _open(deployment: Deployment, tenant_id: UUID) -> TenantContext | None:
    if tenant_id == OPERATORS:
        return await open_operators(deployment)
    row = await deployment.store.tenants.get(tenant_id)
    return None if row is None else await open_tenant(deployment, row)


async def _publish(ctx: TenantContext, version: int, done: Rotated) -> None:
    done.published += await publish_next(ctx, after=version) is not None


async def _let_seal(ctx: TenantContext, version: int, done: Rotated) -> None:
    now = ctx.now()
    async with changing(ctx) as inner:
        done.sealing += await inner.store.keys.let_seal(version, now, review_at=now + WAIT)


async def _review(ctx: TenantContext, version: int, done: Rotated) -> None:
    """Seal anew what is stored under a version; drop it if nothing needs it any more."""
    count = await reseal(ctx, version, most=MOST)
    done.resealed += count
    if count == MOST:
        return  # What is left waits for the next run.
    if await _is_needed(ctx, version):
        await ctx.store.keys.review_later(version, ctx.now() + AGAIN)
        return
    async with changing(ctx) as inner:
        done.dropped += await forget(inner, version)


async def _is_needed(ctx: TenantContext, version: int) -> bool:
    """Whether a live authorization can have a code, token or credential of that version."""
    later = [row.active_at for row in await held(ctx.store) if row.version > version]
    followed = min((at for at in later if at is not None), default=None)
    if followed is None:
        return True
    return await ctx.store.sealed.has_tokens_from_before(followed + MARGIN, ctx.now())


async def _due(deployment: Deployment, now: datetime) -> list[AgedDataKey]:
    """Keys to be followed, the oldest first."""
    before = now - timedelta(seconds=DEFAULT_LIFETIME * (1 - SPREAD))
    ages, found = deployment.store.data_key_ages, list[AgedDataKey]()
    page = await ages.newest(before, limit=TENANTS)
    while page:
        found += [key for key in page if follows_at(key) <= now]
        last = page[-1]
        page = await ages.newest(before, after=(last.created_at, last.tenant_id), limit=TENANTS)
    return found
