"""Effects that were tried in vain, of all tenants, for operators."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from consentry.operations.errors import NotFound
from consentry.operations.jobs import dead_effects, retry_effect
from consentry.operations.lists import Page
from consentry.records.outbox import Effect
from consentry.tenancy.actor import OPERATORS
from consentry.tenancy.context import TenantContext

Place = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An effect, and the slug of its tenant: empty for the base host, None if it is gone."""

    effect: Effect
    slug: str | None

    @property
    def key(self) -> str:
        """Names it in a form: tenant and effect."""
        return f"{self.effect.tenant_id.hex}.{self.effect.effect_id.hex}"


async def dead_page(
    ctx: TenantContext, *, before: Place | None = None, limit: int
) -> Page[DeadLetter, Place]:
    """The last one first, behind `before`. Raises Forbidden."""
    deployment = ctx.deployment
    rows = await dead_effects(deployment, before=before, limit=limit + 1, actor=ctx.actor)
    shown = rows[:limit]
    slugs: dict[UUID, str | None] = {OPERATORS: ""}
    for tenant_id in {row.tenant_id for row in shown} - set(slugs):
        tenant = await deployment.store.tenants.get(tenant_id)
        slugs[tenant_id] = tenant.slug if tenant else None
    last = shown[-1] if len(rows) > limit else None
    return Page(
        [DeadLetter(row, slugs[row.tenant_id]) for row in shown],
        (last.finished_at, last.effect_id) if last and last.finished_at else None,
    )


async def retry_these(ctx: TenantContext, which: Iterable[tuple[UUID, UUID]]) -> int:
    """Try again those of them that are still there; how many. which: tenant and effect.

    Raises Forbidden.
    """
    retried = 0
    for tenant_id, effect_id in which:
        try:
            await retry_effect(ctx.deployment, tenant_id, effect_id, actor=ctx.actor)
        except NotFound:
            # Somebody else was first, or its time to be kept is over.
            continue
        retried += 1
    return retried
