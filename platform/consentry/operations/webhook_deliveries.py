"""Calls of a webhook: how each went, and another try."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import orjson

from consentry.operations.audit import record
from consentry.operations.changing import changing
from consentry.operations.errors import Conflict, NotFound
from consentry.operations.lists import Page, paged
from consentry.operations.mail import post
from consentry.operations.permissions import require
from consentry.operations.webhook_events import KIND
from consentry.operations.webhooks import check_enabled, stop, stored
from consentry.records.outbox import DEAD, DONE, Effect
from consentry.records.webhook import Webhook
from consentry.spec.redirect_uri import split
from consentry.tenancy.context import TenantContext

REPLAYED_AT_ONCE: Final = 10_000
FAILING_FOR: Final = timedelta(days=5)
MANY: Final = 3
"""A webhook is disabled when so many events of the last days were given up, and none of these
days' was delivered. The count is ours: Standard Webhooks names none (Deliverability)."""
MOST_TOLD: Final = 50
"""Administrators who are written to when a webhook is switched off."""

Place = tuple[datetime, UUID]


async def deliveries_page(
    ctx: TenantContext, webhook_id: UUID, *, before: Place | None = None, limit: int = 50
) -> Page[Effect, Place]:
    """Calls of a webhook, the newest first. Raises Forbidden, NotFound."""
    await require(ctx, "webhooks.read")
    await stored(ctx, webhook_id)
    found = await ctx.store.outbox.page(
        KIND, subject=str(webhook_id), before=before, limit=limit + 1
    )
    return paged(found, limit, lambda row: (row.created_at, row.effect_id))


async def get_delivery(ctx: TenantContext, webhook_id: UUID, delivery_id: UUID) -> Effect:
    """One call. Raises Forbidden, NotFound."""
    await require(ctx, "webhooks.read")
    return await _delivery(ctx, webhook_id, delivery_id)


async def _delivery(ctx: TenantContext, webhook_id: UUID, delivery_id: UUID) -> Effect:
    found = await ctx.store.outbox.get(delivery_id)
    if found is None or (found.kind, found.subject) != (KIND, str(webhook_id)):
        raise NotFound("delivery", str(delivery_id))
    return found


def body_of(delivery: Effect) -> bytes:
    """The body as it is sent and signed."""
    return orjson.dumps(delivery.payload)


async def replay(ctx: TenantContext, webhook_id: UUID, delivery_id: UUID) -> None:
    """Make a call that is over again, with the same id. Raises Forbidden, NotFound, or Conflict
    for one that still waits, or while the webhook is disabled."""
    await require(ctx, "webhooks.write")
    async with changing(ctx) as inner:
        check_enabled(await stored(inner, webhook_id))
        await _delivery(inner, webhook_id, delivery_id)
        if not await inner.store.outbox.again(delivery_id, inner.now()):
            raise Conflict("", "the delivery is not over yet")
        await _record(inner, webhook_id, {"delivery_id": str(delivery_id)})


async def replay_failed(ctx: TenantContext, webhook_id: UUID, since: datetime) -> int:
    """Make again the calls for events since then that came to nothing; how many.

    The oldest first, at most 10,000 at once. Raises Forbidden, NotFound, Conflict as above.
    """
    await require(ctx, "webhooks.write")
    async with changing(ctx) as inner:
        check_enabled(await stored(inner, webhook_id))
        count = await inner.store.outbox.undone_again(
            KIND, subject=str(webhook_id), since=since, now=inner.now(), limit=REPLAYED_AT_ONCE
        )
        if count:
            await _record(inner, webhook_id, {"since": since.isoformat(), "deliveries": count})
    return count


async def _record(ctx: TenantContext, webhook_id: UUID, detail: dict[str, object]) -> None:
    await record(ctx, "webhook.replay", target=("webhook", str(webhook_id)), detail=detail)


async def gone(ctx: TenantContext, webhook: Webhook) -> None:
    """Its receiver wants no more calls (410, Standard Webhooks, Delivery success and failure)."""
    await _switch_off(ctx, webhook, "its receiver answered 410 Gone")


async def given_up(ctx: TenantContext, webhook: Webhook) -> None:
    """One more call came to nothing after its last attempt: enough is enough."""
    since = max(ctx.now() - FAILING_FOR, webhook.changed_at)
    found = await ctx.store.outbox.counts(KIND, subject=str(webhook.webhook_id), since=since)
    # This one is not counted among the dead yet.
    if not found.get(DONE) and found.get(DEAD, 0) + 1 >= MANY:
        await _switch_off(ctx, webhook, "nothing could be delivered for days")


async def _switch_off(ctx: TenantContext, webhook: Webhook, reason: str) -> None:
    """Disable it, and write to the administrators of the tenant, once.

    Not if it leads elsewhere than where a call has just failed, is disabled, or was removed.
    """
    told = await ctx.store.users.administrators(limit=MOST_TOLD)
    async with changing(ctx) as inner:
        now = await inner.store.webhooks.get(webhook.webhook_id)
        if now is None or now.disabled_at is not None or now.changed_at != webhook.changed_at:
            return
        await stop(inner, webhook.webhook_id, reason)
        host = split(webhook.url).host
        for person in told:
            await post(
                inner, "webhook_stopped", person,
                webhook_id=str(webhook.webhook_id), host=host, reason=reason,
            )  # fmt: skip
