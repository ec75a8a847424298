"""What a webhook is told: an event of the audit trail, by Standard Webhooks 1.0.0."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from consentry.records.audit import Event
from consentry.records.outbox import Effect
from consentry.records.webhook import Subscription
from consentry.store.ports import TenantStore

KIND: Final = "webhook"
TOLD: Final = frozenset(
    {"alg", "by", "client_id", "ended", "kid", "proof", "role", "scope", "secret_id", "user_id"}
)
"""What of an event's detail is told as it is. Values of what changed are not: they may be
personal, and what is no longer true when it arrives is better asked for."""


async def announce(
    inside: TenantStore,
    tenant_id: UUID,
    subscribed: Sequence[Subscription],
    events: Sequence[Event],
) -> None:
    """Have the webhooks called for what they want to know; in the transaction of the events."""
    calls = [
        call(tenant_id, one.webhook_id, told(event), event.at)
        for event in events
        for one in subscribed
        if one.wants(event.action)
    ]
    if calls:
        await inside.outbox.add(calls)


def call(tenant_id: UUID, webhook_id: UUID, payload: dict[str, Any], at: datetime) -> Effect:
    """One call of a webhook that waits."""
    return Effect(
        tenant_id=tenant_id,
        effect_id=uuid4(),
        kind=KIND,
        subject=str(webhook_id),
        payload=payload,
        created_at=at,
        due_at=at,
    )


def told(event: Event) -> dict[str, Any]:
    """What is sent of an event: who, to what, and which members changed; ids, no names."""
    detail = event.detail or {}
    return body(
        event.action,
        event.at,
        {
            "actor": {"kind": event.actor_kind, "id": _actor_id(event)},
            "target": {"kind": event.target_kind, "id": event.target_id},
            "changed": _changed(detail),
            "detail": {key: detail[key] for key in sorted(TOLD & detail.keys())},
            "request_id": event.request_id,
        },
    )


def _actor_id(event: Event) -> str:
    """Empty for the program: at a terminal it would be the name somebody has on that machine."""
    return "" if event.actor_kind == "system" else event.actor_id


def body(type: str, at: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
    """The three members a payload has (Standard Webhooks, Payload structure)."""
    stamp = at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return {"type": type, "timestamp": stamp, "data": dict(data)}


def _changed(detail: Mapping[str, Any]) -> list[str]:
    """Names of members: of a mapping from each to its values, or of a list."""
    found = detail.get("changed", detail.get("keys"))
    return sorted(map(str, found)) if isinstance(found, Mapping | list) else []
