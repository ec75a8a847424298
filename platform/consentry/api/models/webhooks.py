"""Webhooks and how their calls went."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from consentry.api.models.common import Moment, Name, Page, Paging, Sent, Shown
from consentry.operations.webhook_secrets import message_id
from consentry.operations.webhooks import MAX_DESCRIPTION, MAX_EVENTS, MOST_OVERLAP_S, OVERLAP_S
from consentry.records.outbox import WAITING, Effect
from consentry.records.webhook import Webhook

Url = Annotated[Name, Field(min_length=1, max_length=2_000, description="an https URL")]
Description = Annotated[Name, Field(max_length=MAX_DESCRIPTION)]
Events = Annotated[
    list[str],
    Field(max_length=MAX_EVENTS, description="such as client.create or client.*; none for all"),
]


class WebhookShown(Shown):
    """An address that is called for events."""

    webhook_id: UUID
    url: str
    description: str
    events: list[str] = Field(description="none for all")
    created_at: datetime
    changed_at: datetime
    disabled_at: datetime | None = None
    disabled_reason: str | None = Field(None, description="left out when a person disabled it")
    former_secret_until: datetime | None = Field(
        None, description="until then the secret before the last rotation signs, too"
    )


class WebhookList(Page[WebhookShown]):
    """Webhooks, the oldest first."""


class WebhookMade(WebhookShown):
    """A new webhook with its signing secret, which no other answer has."""

    secret: str


class NewWebhook(Sent):
    """An address to call."""

    url: Url
    description: Description = ""
    events: Events = Field(default_factory=list)


class WebhookPatch(Sent):
    """What of a webhook changes; omitted stays, null puts the default back."""

    url: Url | None = None
    description: Description | None = None
    events: Events | None = None
    disabled: bool | None = None


class Rotation(Sent):
    """How long the secret before goes on signing beside the new one."""

    overlap: int = Field(OVERLAP_S, ge=0, le=MOST_OVERLAP_S, description="seconds")


class SecretRotated(Shown):
    """The new signing secret, which no other answer has."""

    secret: str


class DeliveryShown(Shown):
    """A call of a webhook, or one that waits."""

    delivery_id: UUID
    message_id: str = Field(description="`webhook-id` of each attempt")
    type: str
    state: Literal["waiting", "done", "dead", "dropped"]
    attempts: int
    outcome: str = Field(description="of the last attempt")
    created_at: datetime
    due_at: datetime | None = Field(None, description="when it is tried next")
    finished_at: datetime | None = None


class DeliveryPage(Page[DeliveryShown]):
    """Calls, the newest first."""


class WhichDeliveries(Paging):
    """Which page."""


class DeliveryWhole(DeliveryShown):
    """A call with the body that is sent."""

    body: dict[str, Any]


class ReplaySince(Sent):
    """From which moment on."""

    since: Annotated[Moment, Field(strict=False)]


class Replayed(Shown):
    """How many calls are made again."""

    replayed: int


class DeliveryBegun(Shown):
    """The call that was asked for."""

    delivery_id: UUID


def webhook_shown(row: Webhook, now: datetime) -> WebhookShown:
    """A stored webhook as it is answered; its secrets are in no answer of this form."""
    return WebhookShown(**_members(row, now))


def webhook_made(row: Webhook, now: datetime, secret: str) -> WebhookMade:
    """The same with the secret, at its making."""
    return WebhookMade(**_members(row, now), secret=secret)


def _members(row: Webhook, now: datetime) -> dict[str, Any]:
    until = row.former_until
    return {
        "webhook_id": row.webhook_id,
        "url": row.url,
        "description": row.description,
        "events": row.events.split(),
        "created_at": row.created_at,
        "changed_at": row.changed_at,
        "disabled_at": row.disabled_at,
        "disabled_reason": row.disabled_reason or None,
        "former_secret_until": until if until is not None and until > now else None,
    }


def delivery_shown(row: Effect) -> DeliveryShown:
    """A stored call as it is answered."""
    return DeliveryShown(**_outline(row))


def delivery_whole(row: Effect) -> DeliveryWhole:
    """The same with its body."""
    return DeliveryWhole(**_outline(row), body=row.payload)


def _outline(row: Effect) -> dict[str, Any]:
    return {
        "delivery_id": row.effect_id,
        "message_id": message_id(row),
        "type": row.payload["type"],
        "state": row.state,
        "attempts": row.attempts,
        "outcome": row.outcome,
        "created_at": row.created_at,
        "due_at": row.due_at.astimezone(UTC) if row.state == WAITING else None,
        "finished_at": row.finished_at,
    }
