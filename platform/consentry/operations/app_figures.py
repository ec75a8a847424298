"""How an app fares, in the numbers that are kept: last use, refusals, what counts now."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from consentry.operations.client_secrets import live
from consentry.operations.clients import get_client
from consentry.operations.errors import NotFound
from consentry.operations.permissions import require
from consentry.records.client import ClientRow
from consentry.records.transient import Refusal
from consentry.tenancy.context import TenantContext

DAYS: Final = 14
MOST_COUNTED: Final = 5_000
LATELY: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class AppCard:
    """An app on a list. last_used: None if it never proved itself. refused: in 24 hours."""

    row: ClientRow
    last_used: datetime | None
    refused: int


@dataclass(frozen=True, slots=True)
class AppUse:
    """What is known of an app's use.

    days: refusals by day (UTC), oldest first, `DAYS` of them with today. errors: the same by
    error, the most frequent first. Beyond `MOST_COUNTED` only the latest are counted
    (`is_capped`).
    """

    authorizations: int
    people: int
    last_used: datetime | None
    refused: int
    days: Sequence[tuple[date, int]]
    errors: Sequence[tuple[str, int]]
    is_capped: bool


@dataclass(frozen=True, slots=True)
class AppEnding:
    """What ends with an app, in counts of what is live now."""

    authorizations: int
    people: int
    secrets: int


async def app_cards(ctx: TenantContext, rows: Sequence[ClientRow]) -> list[AppCard]:
    """Apps of a page with what a glance should tell; two reads, however many they are."""
    ids = [row.client_id for row in rows]
    used = await ctx.store.figures.last_used(ids) if ids else {}
    refused = await ctx.store.figures.refused(ids, ctx.now() - LATELY) if ids else {}
    return [AppCard(row, used.get(row.client_id), refused.get(row.client_id, 0)) for row in rows]


async def app_use(ctx: TenantContext, client_id: str) -> AppUse:
    """How one app is used. Raises NotFound, Forbidden."""
    await require(ctx, "usage.read", client_id)
    now = ctx.now()
    first = now.date() - timedelta(days=DAYS - 1)
    since = datetime.combine(first, datetime.min.time(), now.tzinfo)
    found = await ctx.store.figures.refusals(client_id, since, limit=MOST_COUNTED)
    by_day = Counter(at.date() for at, _ in found)
    held = await ctx.store.figures.holdings(client_id, now)
    used = await ctx.store.figures.last_used([client_id])
    return AppUse(
        authorizations=held.authorizations,
        people=held.people,
        last_used=used.get(client_id),
        refused=sum(at > now - LATELY for at, _ in found),
        days=[(day, by_day[day]) for day in (first + timedelta(days=n) for n in range(DAYS))],
        errors=Counter(error for _, error in found).most_common(),
        is_capped=len(found) == MOST_COUNTED,
    )


async def ending_of(ctx: TenantContext, client_id: str) -> AppEnding:
    """What its deletion or disabling would end. Raises NotFound, Forbidden."""
    stored = await get_client(ctx, client_id)
    held = await ctx.store.figures.holdings(client_id, ctx.now())
    return AppEnding(held.authorizations, held.people, len(live(stored, ctx.now())))


async def refusal_of(ctx: TenantContext, client_id: str, refusal_id: UUID) -> Refusal:
    """One refused request of an app. Raises NotFound, also for another app's, and Forbidden."""
    await require(ctx, "refusals.read", client_id)
    found = await ctx.store.refusals.get(refusal_id)
    if found is None or found.client_id != client_id:
        raise NotFound("refusal", str(refusal_id))
    return found
