"""The audit trail: written beside each change, read by those who may."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from consentry.operations.permissions import require
from consentry.operations.webhook_events import announce
from consentry.records.audit import AuditRow, Event
from consentry.records.webhook import subscriptions
from consentry.store.ports import Store
from consentry.store.trail import ANY_EVENT, Audit, AuditFilter
from consentry.tenancy.actor import OPERATORS, Actor
from consentry.tenancy.context import TenantContext

NOTHING: Final = ("", "")
LONGEST: Final = 500
PAGE: Final = 500


async def record(
    ctx: TenantContext,
    action: str,
    *,
    target: tuple[str, str] = NOTHING,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Note what the context's actor did; call it inside `changing`, beside the change.

    action: noun and verb, such as `client.create`. target: kind and id. detail: plain JSON
    types, never a secret, a password, a token or a digest of one. The webhooks that want to
    know are those of the context, which another process may have changed within a second.
    """
    done = event(ctx.actor, ctx.now(), action, target, detail)
    await ctx.store.audit.append([done])
    await announce(ctx.store, ctx.tenant.tenant_id, ctx.webhooks, [done])


async def append(store: Store, tenant_id: UUID, events: Sequence[Event]) -> None:
    """Note in a tenant's trail where no context is at hand, in a transaction, `store`."""
    inside = store.inside(tenant_id)
    await inside.audit.append(events)
    if tenant_id != OPERATORS:
        subscribed = subscriptions(await inside.webhooks.all())
        await announce(inside, tenant_id, subscribed, events)


async def record_for_operators(
    store: Store, actor: Actor, at: datetime, action: str, *, target: tuple[str, str]
) -> None:
    """Note in the operators' own trail; last in a transaction, so that nobody waits in a ring."""
    await store.inside(OPERATORS).audit.append([event(actor, at, action, target)])


def event(
    actor: Actor,
    at: datetime,
    action: str,
    target: tuple[str, str] = NOTHING,
    detail: Mapping[str, Any] | None = None,
) -> Event:
    """What somebody did."""
    return Event(
        at=at,
        action=action,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        target_kind=target[0],
        target_id=target[1],
        detail=dict(detail or {}),
        address=actor.address,
        request_id=actor.request_id,
    )


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What changed, as `{key: {"from": …, "to": …}}`; a long value is told by its length."""
    return {
        key: {"from": _told(before.get(key)), "to": _told(after.get(key))}
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    }


def _told(value: Any) -> Any:
    length = len(repr(value))
    return value if length <= LONGEST else f"({length} characters)"


async def audit_page(
    ctx: TenantContext,
    asked: AuditFilter = ANY_EVENT,
    *,
    before: int | None = None,
    limit: int = 100,
) -> list[AuditRow]:
    """Events newest first, those with a lower `seq` than `before`. Raises Forbidden."""
    await require(ctx, "audit.read")
    return await ctx.store.audit.page(asked, before=before, limit=limit)


async def own_activity(
    ctx: TenantContext, *, before: int | None = None, limit: int = 100
) -> list[AuditRow]:
    """What the acting person did here, newest first."""
    asked = AuditFilter(actor_id=ctx.actor.id)
    return await ctx.store.audit.page(asked, before=before, limit=limit) if ctx.actor.id else []


async def each_event(audit: Audit, asked: AuditFilter = ANY_EVENT) -> AsyncIterator[AuditRow]:
    """Every event oldest first, read page by page."""
    page = await audit.onward(asked, limit=PAGE)
    while page:
        for row in page:
            yield row
        page = await audit.onward(asked, after=page[-1].seq, limit=PAGE)


def described(row: AuditRow) -> dict[str, Any]:
    """An event in plain JSON types, all of it: with the tenant's id its digest can be checked."""
    made = row.model_dump(exclude={"tenant_id"})
    made["at"] = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    return made
