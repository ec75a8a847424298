"""A webhook and its calls: how each went, another try, and what a person may do to it."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations import webhook_deliveries, webhooks
from consentry.operations.errors import Refused
from consentry.operations.webhook_secrets import message_id
from consentry.records.outbox import WAITING, Effect
from consentry.records.webhook import Webhook
from consentry.spec.forms import Form
from consentry_admin.listing import Listing, address
from consentry_admin.portal import shown_once
from consentry_admin.question import question
from consentry_admin.tenant.door import PAGE_SIZE, for_administrator
from consentry_admin.tenant.webhooks import (
    WEBHOOKS,
    id_in,
    webhook_asked_for,
    webhook_href,
    with_secret,
)
from consentry_admin.visit import Visit, asked

OVERLAPS = {"86400": 86_400, "3600": 3_600, "604800": 604_800, "0": 0}
"""Seconds the former secret signs on, by what the form says."""
SINCE = {"1": 1, "24": 24, "168": 168, "720": 720}
"""Hours back to what is made again."""
Switch = Callable[[Any, UUID], Awaitable[Any]]


@for_administrator
async def show(visit: Visit) -> Response:
    """What it is called for, and its calls, the newest first; a new secret, this once."""
    row = await webhook_asked_for(visit)
    secret = shown_once.taken(visit, str(row.webhook_id))
    response = await _page(visit, row, secret=secret)
    return shown_once.forget(visit, response) if secret else response


@for_administrator
async def submit(visit: Visit) -> Response:
    """Try it (`test`), switch it (`enable`, `disable`), or make calls again (`replay`)."""
    row, form = await webhook_asked_for(visit), await visit.form()
    act, href = form.get("act") or "", webhook_href(row)
    switches: dict[str, Switch] = {
        "test": webhooks.send_test,
        "enable": webhooks.enable_webhook,
        "disable": webhooks.disable_webhook,
    }
    try:
        if act in switches:
            await switches[act](visit.ctx, row.webhook_id)
        else:
            hours = SINCE.get(form.get("hours") or "", 1)
            since = visit.ctx.now() - timedelta(hours=hours)
            await webhook_deliveries.replay_failed(visit.ctx, row.webhook_id, since)
    except Refused as refusal:
        return await _page(visit, row, error=refusal.reason)
    return go(href, done=f"webhook-{act}" if act in switches else "webhook-replay")


async def _page(
    visit: Visit, row: Webhook, *, secret: str | None = None, error: str | None = None
) -> Response:
    href, before = webhook_href(row), _place(asked(visit, "before"))
    page = await webhook_deliveries.deliveries_page(
        visit.ctx, row.webhook_id, before=before, limit=PAGE_SIZE
    )
    onward = f"{page.next[0].isoformat()} {page.next[1]}" if page.next else ""
    return visit.page(
        "tenant/webhook.html",
        status=409 if error else 200,
        webhook=row,
        href=href,
        events=row.events.split(),
        signs_until=_signs_until(visit, row),
        calls=Listing(
            href,
            [
                (one, one.payload["type"], f"{href}/deliveries/{one.effect_id}")
                for one in page.items
            ],
            previous=href if before else None,
            next=address(href, before=onward) if onward else None,
        ),
        secret=secret,
        error=error,
    )


def _signs_until(visit: Visit, row: Webhook) -> datetime | None:
    until = row.former_until
    return until if until is not None and until > visit.ctx.now() else None


def _place(text: str) -> tuple[datetime, UUID] | None:
    """Where a page begins; None for what is no place."""
    at, _, id = text.partition(" ")
    try:
        moment, last = datetime.fromisoformat(at), UUID(id)
        return (moment.astimezone(UTC), last) if moment.tzinfo else None
    except (ValueError, OverflowError):
        # Near either end of the calendar a time of another zone is none in UTC.
        return None


@for_administrator
async def show_call(visit: Visit) -> Response:
    """One call: what was sent, and how it went."""
    row = await webhook_asked_for(visit)
    return _call_page(visit, row, await _call_asked_for(visit, row))


@for_administrator
async def replay(visit: Visit) -> Response:
    """Make it again."""
    row = await webhook_asked_for(visit)
    await visit.form()
    call = await _call_asked_for(visit, row)
    try:
        await webhook_deliveries.replay(visit.ctx, row.webhook_id, call.effect_id)
    except Refused as refusal:
        return _call_page(visit, row, call, refusal.reason)
    return go(webhook_href(row), done="webhook-replay")


async def _call_asked_for(visit: Visit, row: Webhook) -> Effect:
    delivery_id = id_in(visit, "delivery_id")
    return await webhook_deliveries.get_delivery(visit.ctx, row.webhook_id, delivery_id)


def _call_page(visit: Visit, row: Webhook, call: Effect, error: str | None = None) -> Response:
    return visit.page(
        "tenant/webhook_call.html",
        status=409 if error else 200,
        webhook=row,
        href=webhook_href(row),
        call=call,
        message_id=message_id(call),
        is_over=call.state != WAITING,
        body=orjson.dumps(call.payload, option=orjson.OPT_INDENT_2).decode(),
        error=error,
    )


def _shows(template: str) -> Callable[[Visit, str | None, int], Awaitable[Response]]:
    async def page(visit: Visit, error: str | None, status: int) -> Response:
        row = await webhook_asked_for(visit)
        return visit.page(template, status=status, webhook=row, href=webhook_href(row), error=error)

    return page


async def _rotate(visit: Visit, form: Form) -> Response:
    """A new secret, on the next page."""
    row = await webhook_asked_for(visit)
    overlap_s = OVERLAPS.get(form.get("overlap") or "")
    if overlap_s is None:
        raise Refused("overlap", "is not to be chosen here")
    secret = await webhooks.rotate_webhook_secret(visit.ctx, row.webhook_id, overlap_s)
    return with_secret(visit, row, secret, done="webhook-secret")


async def _delete(visit: Visit, form: Form) -> Response:
    """Call it no more, and forget it."""
    await webhooks.delete_webhook(visit.ctx, (await webhook_asked_for(visit)).webhook_id)
    return go(WEBHOOKS, done="webhook-deleted")


QUESTIONS = {
    "rotate": question(for_administrator, _shows("tenant/rotate_webhook.html"), _rotate),
    "delete": question(for_administrator, _shows("tenant/delete_webhook.html"), _delete),
}
