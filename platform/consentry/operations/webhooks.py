"""Webhooks of a tenant: made, changed, switched, tried and taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from consentry.operations.audit import differences, record
from consentry.operations.changing import changing
from consentry.operations.errors import Conflict, NotFound, Refused
from consentry.operations.event_types import checked_events
from consentry.operations.permissions import require
from consentry.operations.rows import with_changes
from consentry.operations.webhook_events import body, call
from consentry.operations.webhook_secrets import new_secret, sealed, shown
from consentry.records.webhook import Webhook
from consentry.spec.redirect_uri import LOOPBACK_HOSTS, split
from consentry.tenancy.context import TenantContext

MAX_WEBHOOKS: Final = 20
MAX_DESCRIPTION: Final = 200
MAX_EVENTS: Final = 100
OVERLAP_S: Final = 86_400
MOST_OVERLAP_S: Final = 7 * 86_400
TEST: Final = "webhook.test"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a webhook people choose; None leaves it as it is. No events: all of them."""

    url: str | None = None
    description: str | None = None
    events: Sequence[str] | None = None


async def list_webhooks(ctx: TenantContext) -> list[Webhook]:
    """The oldest first. Raises Forbidden."""
    await require(ctx, "webhooks.read")
    return await ctx.store.webhooks.all()


async def get_webhook(ctx: TenantContext, webhook_id: UUID) -> Webhook:
    """One of them. Raises Forbidden, NotFound."""
    await require(ctx, "webhooks.read")
    return await stored(ctx, webhook_id)


async def stored(ctx: TenantContext, webhook_id: UUID) -> Webhook:
    """A webhook as it is now. Raises NotFound."""
    found = await ctx.store.webhooks.get(webhook_id)
    if found is None:
        raise NotFound("webhook", str(webhook_id))
    return found


async def create_webhook(ctx: TenantContext, wanted: Wanted) -> tuple[Webhook, str]:
    """A new webhook and its signing secret, which is shown this once.

    Raises Forbidden, Refused, or Conflict when there are as many as there may be.
    """
    await require(ctx, "webhooks.write")
    checked = _checked(ctx, wanted)
    if "url" not in checked:
        raise Refused("url", "is required")
    secret = new_secret()
    async with changing(ctx) as inner:
        if len(await inner.store.webhooks.all()) >= MAX_WEBHOOKS:
            raise Conflict("", f"there are {MAX_WEBHOOKS} webhooks, and no more may be")
        now = inner.now()
        row = Webhook(
            tenant_id=ctx.tenant.tenant_id,
            webhook_id=uuid4(),
            **{"description": "", "events": "", **checked},
            sealed=sealed(inner.keys, secret),
            created_at=now,
            changed_at=now,
        )
        await inner.store.webhooks.save(with_changes(row))
        await _record(inner, "create", row, {"changed": sorted(_outline(row))})
    return row, shown(secret)


async def update_webhook(ctx: TenantContext, webhook_id: UUID, wanted: Wanted) -> Webhook:
    """The webhook with what is wanted. Raises Forbidden, NotFound, Refused."""
    await require(ctx, "webhooks.write")
    checked = _checked(ctx, wanted)
    async with changing(ctx) as inner:
        before = await stored(inner, webhook_id)
        after = with_changes(before, **checked)
        # An address may hold a key of its receiver's, so the trail has the names alone.
        changed = sorted(differences(_outline(before), _outline(after)))
        if changed:
            await _save(inner, after, "update", {"changed": changed})
    return after


async def disable_webhook(ctx: TenantContext, webhook_id: UUID) -> Webhook:
    """It is called no more; what waits is dropped. Raises Forbidden, NotFound."""
    await require(ctx, "webhooks.write")
    return await stop(ctx, webhook_id)


async def stop(ctx: TenantContext, webhook_id: UUID, reason: str = "") -> Webhook:
    """The same without asking who may; reason: in words, empty for a person's own."""
    async with changing(ctx) as inner:
        row = await stored(inner, webhook_id)
        if row.disabled_at is None:
            row = with_changes(row, disabled_at=inner.now(), disabled_reason=reason)
            await _save(inner, row, "disable", {"reason": reason} if reason else {})
    return row


async def enable_webhook(ctx: TenantContext, webhook_id: UUID) -> Webhook:
    """It is called for what happens from now on. Raises Forbidden, NotFound."""
    await require(ctx, "webhooks.write")
    async with changing(ctx) as inner:
        row = await stored(inner, webhook_id)
        if row.disabled_at is not None:
            row = with_changes(row, disabled_at=None, disabled_reason="")
            await _save(inner, row, "enable", {})
    return row


async def delete_webhook(ctx: TenantContext, webhook_id: UUID) -> None:
    """Take it back; what waits is dropped. Raises Forbidden, NotFound."""
    await require(ctx, "webhooks.write")
    async with changing(ctx) as inner:
        row = await stored(inner, webhook_id)
        await inner.store.webhooks.remove(webhook_id)
        await _record(inner, "delete", row, {})


async def rotate_webhook_secret(
    ctx: TenantContext, webhook_id: UUID, overlap_s: int = OVERLAP_S
) -> str:
    """A new signing secret, shown this once; the one before signs beside it for `overlap_s`.

    Of two rotations within the overlap only the last two secrets sign. Raises Forbidden,
    NotFound, Refused.
    """
    await require(ctx, "webhooks.write")
    if not 0 <= overlap_s <= MOST_OVERLAP_S:
        raise Refused("overlap", f"must be 0 to {MOST_OVERLAP_S} seconds")
    secret = new_secret()
    async with changing(ctx) as inner:
        before = await stored(inner, webhook_id)
        after = with_changes(
            before,
            sealed=sealed(inner.keys, secret),
            former_sealed=before.sealed if overlap_s else None,
            former_until=inner.now() + timedelta(seconds=overlap_s) if overlap_s else None,
        )
        await _save(inner, after, "rotate_secret", {"overlap": overlap_s})
    return shown(secret)


async def send_test(ctx: TenantContext, webhook_id: UUID) -> UUID:
    """Call it once with an event of the type `webhook.test`; the id of the delivery.

    Raises Forbidden, NotFound, or Conflict while it is disabled.
    """
    await require(ctx, "webhooks.write")
    async with changing(ctx) as inner:
        row = await stored(inner, webhook_id)
        check_enabled(row)
        now = inner.now()
        payload = body(TEST, now, {"webhook_id": str(webhook_id)})
        effect = call(ctx.tenant.tenant_id, webhook_id, payload, now)
        await inner.store.outbox.add([effect])
        await _record(inner, "test", row, {})
    return effect.effect_id


def check_enabled(row: Webhook) -> None:
    """Raises Conflict for a webhook that is not called."""
    if row.disabled_at is not None:
        raise Conflict("", "the webhook is disabled: enable it first")


def _checked(ctx: TenantContext, wanted: Wanted) -> dict[str, Any]:
    """The members that are wanted, as they are stored. Raises Refused."""
    checked: dict[str, Any] = {}
    if wanted.url is not None:
        checked["url"] = _checked_url(ctx, wanted.url)
    if wanted.description is not None:
        if len(wanted.description) > MAX_DESCRIPTION or "\0" in wanted.description:
            raise Refused("description", f"must have at most {MAX_DESCRIPTION} characters")
        checked["description"] = wanted.description
    if wanted.events is not None:
        if len(wanted.events) > MAX_EVENTS:
            raise Refused("events", f"must be at most {MAX_EVENTS}; none for all")
        checked["events"] = checked_events(list(wanted.events))
    return checked


def _checked_url(ctx: TenantContext, url: str) -> str:
    """https, without user information and fragment (RFC 3986); where development lets private
    addresses be called, http on loopback, too. Where it leads is checked at each call."""
    try:
        parts = split(url)
    except ValueError as error:
        raise Refused("url", str(error)) from None
    may_be_plain = ctx.deployment.settings.fetch_private_addresses
    if parts.scheme != "https" and not (
        may_be_plain and parts.scheme == "http" and parts.host in LOOPBACK_HOSTS
    ):
        raise Refused("url", "must be an https URL")
    if not parts.host:
        raise Refused("url", "must name a host")
    return url


def _outline(row: Webhook) -> dict[str, str]:
    return {"url": row.url, "description": row.description, "events": row.events}


async def _save(ctx: TenantContext, row: Webhook, verb: str, detail: dict[str, Any]) -> None:
    row.changed_at = ctx.now()
    await ctx.store.webhooks.save(with_changes(row))
    await _record(ctx, verb, row, detail)


async def _record(ctx: TenantContext, verb: str, row: Webhook, detail: dict[str, Any]) -> None:
    """With the host alone of its address: the rest may hold a key of its receiver's."""
    told = {"host": split(row.url).host, **detail}
    await record(ctx, f"webhook.{verb}", target=("webhook", str(row.webhook_id)), detail=told)
