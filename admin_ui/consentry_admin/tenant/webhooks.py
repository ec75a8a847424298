"""Webhooks: the addresses that are called, made and changed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations.errors import NotFound, Refused
from consentry.operations.event_types import EVENT_TYPES, EVERY, NOUNS
from consentry.operations.webhooks import (
    Wanted,
    create_webhook,
    get_webhook,
    list_webhooks,
    update_webhook,
)
from consentry.records.webhook import Webhook
from consentry_admin.portal import shown_once
from consentry_admin.tenant.door import HOME, for_administrator
from consentry_admin.visit import Visit

WEBHOOKS = f"{HOME}/webhooks"
FIELD = "event."
"""What the names of the boxes begin with; a noun's own box is `event.client.*`."""


@dataclass(frozen=True, slots=True)
class Picked:
    """A noun and its boxes: (field, label, detail, whether it is ticked)."""

    noun: str
    items: list[tuple[str, str, str, bool]]


def webhook_href(row: Webhook) -> str:
    """The address of a webhook's page."""
    return f"{WEBHOOKS}/{row.webhook_id}"


async def webhook_asked_for(visit: Visit) -> Webhook:
    """The webhook in the address. Raises NotFound."""
    return await get_webhook(visit.ctx, id_in(visit, "webhook_id"))


def id_in(visit: Visit, name: str) -> UUID:
    """An id in the address. Raises NotFound for what is none."""
    text = visit.parameter(name)
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(name.removesuffix("_id"), text[:100]) from None


@for_administrator
async def show(visit: Visit) -> Response:
    """All of them, the oldest first."""
    rows = [(row, webhook_href(row)) for row in await list_webhooks(visit.ctx)]
    return visit.page("tenant/webhooks.html", webhooks=rows)


@for_administrator
async def ask(visit: Visit) -> Response:
    """What is to be called, and for what."""
    return _form(visit, {"url": "", "description": ""}, ())


@for_administrator
async def add(visit: Visit) -> Response:
    """Make it; its secret is on the next page."""
    values, events = await _given(visit)
    try:
        wanted = Wanted(values["url"], values["description"], events)
        row, secret = await create_webhook(visit.ctx, wanted)
    except Refused as refusal:
        return _form(visit, values, events, refusal)
    return with_secret(visit, row, secret, done="webhook")


def with_secret(visit: Visit, row: Webhook, secret: str, *, done: str) -> Response:
    """To the webhook's page, which shows the new secret this once."""
    response = go(webhook_href(row), done=done)
    shown_once.hand_over(visit, response, str(row.webhook_id), secret)
    return response


@for_administrator
async def edit(visit: Visit) -> Response:
    """What may change."""
    row = await webhook_asked_for(visit)
    values = {"url": row.url, "description": row.description}
    return _form(visit, values, row.events.split(), href=webhook_href(row))


@for_administrator
async def submit(visit: Visit) -> Response:
    """Change it."""
    row = await webhook_asked_for(visit)
    values, events = await _given(visit)
    href = webhook_href(row)
    try:
        wanted = Wanted(values["url"], values["description"], events)
        await update_webhook(visit.ctx, row.webhook_id, wanted)
    except Refused as refusal:
        return _form(visit, values, events, refusal, href=href)
    return go(href, done="webhook-saved")


async def _given(visit: Visit) -> tuple[dict[str, str], list[str]]:
    form = await visit.form()
    values = {name: (form.get(name) or "").strip() for name in ("url", "description")}
    ticked = {one.removeprefix(FIELD) for one in form if one.startswith(FIELD)}
    whole = [name for name in NOUNS if name + EVERY in ticked]
    single = [name for name in EVENT_TYPES if name in ticked]
    return values, [
        *(noun + EVERY for noun in whole),
        *(name for name in single if name.partition(".")[0] not in whole),
    ]


def _form(
    visit: Visit,
    values: Mapping[str, str],
    events: Collection[str],
    refusal: Refused | None = None,
    *,
    href: str | None = None,
) -> Response:
    """href: of the webhook that is edited; None for a new one."""
    return visit.page(
        "tenant/webhook_form.html",
        status=400 if refusal else 200,
        values=values,
        groups=[_picked(noun, events) for noun in NOUNS],
        href=href,
        wrong=refusal.key if refusal else None,
        error=refusal.reason if refusal else None,
    )


def _picked(noun: str, events: Collection[str]) -> Picked:
    own: list[tuple[str, Any]] = [
        (name, meaning) for name, meaning in EVENT_TYPES.items() if name.startswith(f"{noun}.")
    ]
    every = noun + EVERY
    return Picked(
        noun,
        [
            (FIELD + every, every, "all of them, also those of later releases", every in events),
            *((FIELD + name, name, meaning, name in events) for name, meaning in own),
        ],
    )
