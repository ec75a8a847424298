"""Requests of an app that are on record: all that were refused, some of those that were served."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from consentry.operations.errors import NotFound
from consentry.operations.lists import Page, paged
from consentry.operations.permissions import require
from consentry.records.transient import Refusal, Success
from consentry.tenancy.context import TenantContext

Outcome = Literal["refused", "served"]


@dataclass(frozen=True, slots=True)
class AppRequest:
    """One request. result: the error, or what was given. refusal: None if it was served."""

    request_id: UUID
    created_at: datetime
    endpoint: str
    result: str
    refusal: Refusal | None

    @property
    def outcome(self) -> Outcome:
        """How it ended."""
        return "served" if self.refusal is None else "refused"


async def requests_page(
    ctx: TenantContext,
    client_id: str,
    *,
    outcome: Outcome | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> Page[AppRequest, tuple[datetime, UUID]]:
    """Requests of an app, newest first. Raises Forbidden, or NotFound for other people's app."""
    await require(ctx, "refusals.read", client_id)
    store, found = ctx.store, list[AppRequest]()
    if outcome != "served":
        refused = await store.lists.refusals(client_id=client_id, before=before, limit=limit + 1)
        found += map(_refused, refused)
    if outcome != "refused":
        found += map(_served, await store.successes.page(client_id, before=before, limit=limit + 1))
    found.sort(key=_place, reverse=True)
    return paged(found[: limit + 1], limit, _place)


async def request_of(ctx: TenantContext, client_id: str, request_id: UUID) -> AppRequest:
    """One request of an app. Raises NotFound, also for another app's, and Forbidden."""
    await require(ctx, "refusals.read", client_id)
    refusal = await ctx.store.refusals.get(request_id)
    if refusal is not None and refusal.client_id == client_id:
        return _refused(refusal)
    success = await ctx.store.successes.get(request_id)
    if success is not None and success.client_id == client_id:
        return _served(success)
    raise NotFound("request", str(request_id))


def _place(one: AppRequest) -> tuple[datetime, UUID]:
    return one.created_at, one.request_id


def _refused(row: Refusal) -> AppRequest:
    return AppRequest(row.refusal_id, row.created_at, row.endpoint, row.error, row)


def _served(row: Success) -> AppRequest:
    return AppRequest(row.success_id, row.created_at, row.endpoint, row.outcome, None)
