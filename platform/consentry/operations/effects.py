"""Effects of a change on the world outside, stored beside the change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from consentry.records.outbox import Effect
from consentry.tenancy.context import TenantContext


async def cause(
    ctx: TenantContext,
    kind: str,
    payload: Mapping[str, Any],
    *,
    subject: str = "",
    due_at: datetime | None = None,
) -> UUID:
    """Have something done once the change is stored; call it inside `changing`. Its id.

    kind: of `consentry_workers.effects`. payload: plain JSON types, and no secret: whoever
    does it makes what is secret then. subject: what it is listed by. due_at: now, if omitted.
    """
    now = ctx.now()
    effect = Effect(
        tenant_id=ctx.tenant.tenant_id,
        effect_id=uuid4(),
        kind=kind,
        subject=subject,
        payload=dict(payload),
        created_at=now,
        due_at=due_at or now,
    )
    await ctx.store.outbox.add([effect])
    return effect.effect_id
