"""How an app fares, in the numbers that are kept: last use, refusals, what counts now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from consentry.operations.client_secrets import live
from consentry.operations.clients import get_client
from consentry.operations.errors import NotFound
from consentry.operations.permissions import require
from consentry.records.client import ClientRow
from consentry.records.transient import Refusal
from consentry.tenancy.context import TenantContext

LATELY: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class AppCard:
    """An app on a list. last_used: None if it never proved itself. refused: in 24 hours."""

    row: ClientRow
    last_used: datetime | None
    refused: int


@dataclass(frozen=True, slots=True)
class AppUse:
    """What of an app counts now, and when it last proved itself."""

    authorizations: int
    people: int
    last_used: datetime | None


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
    """What of one app counts now. Raises NotFound, Forbidden."""
    await require(ctx, "usage.read", client_id)
    held = await ctx.store.figures.holdings(client_id, ctx.now())
    used = await ctx.store.figures.last_used([client_id])
    return AppUse(held.authorizations, held.people, used.get(client_id))


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
