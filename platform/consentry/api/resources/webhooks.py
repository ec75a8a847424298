"""Webhooks, and how their calls went."""

from datetime import datetime
from typing import Any
from uuid import UUID

from consentry.api.models.common import page_of, read_cursor
from consentry.api.models.webhooks import (
    DeliveryBegun,
    DeliveryPage,
    DeliveryWhole,
    NewWebhook,
    Replayed,
    ReplaySince,
    Rotation,
    SecretRotated,
    WebhookList,
    WebhookMade,
    WebhookPatch,
    WebhookShown,
    WhichDeliveries,
    delivery_shown,
    delivery_whole,
    webhook_made,
    webhook_shown,
)
from consentry.api.operation import Call, Made, Resource
from consentry.api.reading import read_id
from consentry.api.resources.addresses import address
from consentry.operations import webhook_deliveries as deliveries
from consentry.operations import webhooks as operations
from consentry.operations.webhooks import Wanted
from consentry.records.webhook import Webhook

webhooks = Resource("webhooks", "Addresses that are called for events of the audit trail.")
_ONE = "/webhooks/{webhook_id}"


def _asked(call: Call[Any, Any]) -> UUID:
    return read_id("webhook", call.path["webhook_id"])


def _asked_delivery(call: Call[Any, Any]) -> UUID:
    return read_id("delivery", call.path["delivery_id"])


def _answer(call: Call[Any, Any], row: Webhook) -> WebhookShown:
    return webhook_shown(row, call.ctx.now())


@webhooks("GET", "/webhooks", "webhooks.read", answer=WebhookList)
async def list_webhooks(call: Call[None, None]) -> WebhookList:
    """Webhooks, the oldest first."""
    rows = await operations.list_webhooks(call.ctx)
    return WebhookList(items=[_answer(call, row) for row in rows])


@webhooks(
    "POST", "/webhooks", "webhooks.write",
    body=NewWebhook, answer=WebhookMade, status=201, creates=True,
)  # fmt: skip
async def create_webhook(call: Call[None, NewWebhook]) -> Made:
    """Have an address called for events.

    The signing secret is in this answer and in no other.
    """
    body = call.body
    wanted = Wanted(body.url, body.description, body.events)
    row, secret = await operations.create_webhook(call.ctx, wanted)
    made = webhook_made(row, call.ctx.now(), secret)
    return Made(made, address("webhooks", str(row.webhook_id)))


@webhooks("GET", _ONE, "webhooks.read", answer=WebhookShown)
async def get_webhook(call: Call[None, None]) -> WebhookShown:
    """One webhook."""
    return _answer(call, await operations.get_webhook(call.ctx, _asked(call)))


@webhooks(
    "PATCH", _ONE, "webhooks.write", body=WebhookPatch, answer=WebhookShown, current=get_webhook
)
async def update_webhook(call: Call[None, WebhookPatch]) -> WebhookShown:
    """Change a webhook, disable or enable it (RFC 7396)."""
    body, given, id = call.body, call.body.model_fields_set, _asked(call)
    wanted = Wanted(
        body.url,
        (body.description or "") if "description" in given else None,
        (body.events or []) if "events" in given else None,
    )
    row = await operations.update_webhook(call.ctx, id, wanted)
    if "disabled" in given:
        switch = operations.disable_webhook if body.disabled else operations.enable_webhook
        row = await switch(call.ctx, id)
    return _answer(call, row)


@webhooks("DELETE", _ONE, "webhooks.write", status=204, current=get_webhook)
async def delete_webhook(call: Call[None, None]) -> None:
    """Take a webhook back; what waits is dropped."""
    await operations.delete_webhook(call.ctx, _asked(call))


@webhooks("POST", f"{_ONE}/rotate-secret", "webhooks.write", body=Rotation, answer=SecretRotated)
async def rotate_webhook_secret(call: Call[None, Rotation]) -> SecretRotated:
    """Sign by a new secret.

    It is in this answer and in no other; the one before signs beside it for a while.
    """
    secret = await operations.rotate_webhook_secret(call.ctx, _asked(call), call.body.overlap)
    return SecretRotated(secret=secret)


@webhooks("POST", f"{_ONE}/test", "webhooks.write", answer=DeliveryBegun)
async def send_test(call: Call[None, None]) -> DeliveryBegun:
    """Call it with an event of the type `webhook.test`."""
    return DeliveryBegun(delivery_id=await operations.send_test(call.ctx, _asked(call)))


@webhooks("POST", f"{_ONE}/replay", "webhooks.write", body=ReplaySince, answer=Replayed)
async def replay_failed(call: Call[None, ReplaySince]) -> Replayed:
    """Make again the calls that came to nothing since a moment, 10,000 at most."""
    count = await deliveries.replay_failed(call.ctx, _asked(call), call.body.since)
    return Replayed(replayed=count)


@webhooks("GET", f"{_ONE}/deliveries", "webhooks.read", query=WhichDeliveries, answer=DeliveryPage)
async def list_deliveries(call: Call[WhichDeliveries, None]) -> Any:
    """Calls of a webhook, the newest first; those of the last 30 days."""
    place = read_cursor(call.query.after, datetime, UUID)
    before = (place[0], place[1]) if place else None
    page = await deliveries.deliveries_page(
        call.ctx, _asked(call), before=before, limit=call.query.limit
    )
    return page_of(DeliveryPage, [delivery_shown(row) for row in page.items], page)


@webhooks("GET", f"{_ONE}/deliveries/{{delivery_id}}", "webhooks.read", answer=DeliveryWhole)
async def get_delivery(call: Call[None, None]) -> DeliveryWhole:
    """One call with its body."""
    id, delivery_id = _asked(call), _asked_delivery(call)
    return delivery_whole(await deliveries.get_delivery(call.ctx, id, delivery_id))


@webhooks("POST", f"{_ONE}/deliveries/{{delivery_id}}/replay", "webhooks.write", answer=Replayed)
async def replay_delivery(call: Call[None, None]) -> Replayed:
    """Make a call that is over again, with the same id."""
    await deliveries.replay(call.ctx, _asked(call), _asked_delivery(call))
    return Replayed(replayed=1)
