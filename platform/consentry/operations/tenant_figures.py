"""A tenant at a glance: who signs in, what is refused, what counts, which keys are due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from consentry.operations.keys import list_keys
from consentry.operations.permissions import require
from consentry.operations.usage import Use, begin_of, leading_clients, use_of
from consentry.store.overview import TenantCounts
from consentry.store.usage import Leading
from consentry.tenancy.context import TenantContext
from consentry.tenancy.signing_ring import HeldKey

DAYS: Final = 14
LATELY: Final = timedelta(hours=24)
MOST_COUNTED: Final = 5_000
"""Sign-ins beyond these are not counted: only the latest are."""
MOST_ROWS: Final = 10_000
"""How far users, clients and authorizations are counted."""
MOST_NAMED: Final = 8
DUE_AFTER: Final = timedelta(days=90)
"""A key that signs for longer deserves a successor. Our measure; NIST SP 800-57 part 1 §5.3.6
allows years."""


@dataclass(frozen=True, slots=True)
class Daily:
    """What happened by day (UTC), oldest first, `DAYS` of them with today.

    lately: in 24 hours. is_capped: there was more than is counted.
    """

    days: Sequence[tuple[date, int]]
    lately: int
    is_capped: bool


@dataclass(frozen=True, slots=True)
class Glance:
    """A tenant's overview. counts: bounded by `MOST_ROWS`. due: keys that sign for long.

    use: of `DAYS`. leading: in 24 hours.
    """

    counts: TenantCounts
    sign_ins: Daily
    use: Use
    leading: Leading
    pending: Sequence[HeldKey]
    due: Sequence[HeldKey]


async def glance(ctx: TenantContext) -> Glance:
    """What an administrator wants to know first. Raises Forbidden."""
    for permission in ("users.read", "usage.read"):
        await require(ctx, permission)
    now, tenant_id = ctx.now(), ctx.tenant.tenant_id
    counts = await ctx.deployment.store.overview.counts([tenant_id], now=now, most=MOST_ROWS)
    keys = await list_keys(ctx)
    return Glance(
        counts=counts.get(tenant_id, TenantCounts()),
        sign_ins=await _sign_ins(ctx, now),
        use=await use_of(ctx, last=DAYS),
        leading=await leading_clients(ctx, limit=MOST_NAMED),
        pending=[key for key in keys if key.state(now) == "pending"],
        due=[key for key in keys if is_due(key, now)],
    )


def is_due(key: HeldKey, now: datetime) -> bool:
    """Whether a key has signed for so long that it should have a successor."""
    is_last = key.row.retiring_at is None
    return is_last and key.state(now) == "active" and now - key.row.active_at > DUE_AFTER


async def _sign_ins(ctx: TenantContext, now: datetime) -> Daily:
    today, day = begin_of(now, "day"), timedelta(days=1)
    begins = [today - n * day for n in reversed(range(DAYS))]
    spans = [(begin, begin + day) for begin in begins]
    counts, looked_at = await ctx.store.figures.sign_ins(
        [*spans, (now - LATELY, today + day)], limit=MOST_COUNTED
    )
    days = [(begin.date(), count) for begin, count in zip(begins, counts, strict=False)]
    return Daily(days, counts[-1], looked_at == MOST_COUNTED)
