"""How clients were told of logouts, and another try."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from consentry.operations.audit import record
from consentry.operations.changing import changing
from consentry.operations.errors import Conflict, NotFound
from consentry.operations.lists import Page, paged
from consentry.operations.logout import KIND
from consentry.operations.permissions import reach, require
from consentry.records.outbox import WAITING, Effect
from consentry.tenancy.context import TenantContext

Place = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class Logout:
    """One client told, or to be told, of the end of one session.

    state, attempts, outcome: of `records.outbox.Effect`. due_at: when it is tried next, None
    once it is over. user_id: None for those who look after a client that knows people by
    pairwise names: two of them could tell by it that they serve the same person.
    """

    logout_id: UUID
    client_id: str
    user_id: UUID | None
    state: str
    attempts: int
    outcome: str
    created_at: datetime
    due_at: datetime | None
    finished_at: datetime | None

    @property
    def is_over(self) -> bool:
        """Whether it is not tried by itself any more."""
        return self.state != WAITING


async def logouts_page(
    ctx: TenantContext, client_id: str | None = None, *, before: Place | None = None, limit: int
) -> Page[Logout, Place]:
    """Of one client, or of all, the newest first; those of the last 30 days.

    Raises Forbidden, or NotFound for other people's app.
    """
    if client_id is None:
        await require(ctx, "authorizations.read")
    else:
        await require(ctx, "clients.read", client_id)
    rows = await ctx.store.outbox.page(KIND, subject=client_id, before=before, limit=limit + 1)
    names_people = client_id is None or await _may_know(ctx, client_id)
    found = [_as_told(row, names_people) for row in rows]
    return paged(found, limit, lambda one: (one.created_at, one.logout_id))


async def get_logout(ctx: TenantContext, client_id: str, logout_id: UUID) -> Logout:
    """One of a client. Raises NotFound, also for another client's, and Forbidden."""
    await require(ctx, "clients.read", client_id)
    row = await _found(ctx, client_id, logout_id)
    return _as_told(row, await _may_know(ctx, client_id))


async def tell_again(ctx: TenantContext, client_id: str, logout_id: UUID) -> None:
    """Tell a client once more, with as many attempts as at first.

    Raises NotFound, Forbidden, or Conflict for one that still waits.
    """
    await require(ctx, "clients.write", client_id)
    async with changing(ctx) as inner:
        await _found(inner, client_id, logout_id)
        if not await inner.store.outbox.again(logout_id, inner.now()):
            raise Conflict("", "the app is still to be told")
        detail = {"logout_id": str(logout_id)}
        await record(inner, "logout.again", target=("client", client_id), detail=detail)


async def _may_know(ctx: TenantContext, client_id: str) -> bool:
    """Whether the client's people are no secret to the actor (OIDC Core §8.1)."""
    if reach(ctx, "authorizations.read") == "all":
        return True
    client = await ctx.client(client_id)
    return client is not None and client.metadata.subject_type == "public"


async def _found(ctx: TenantContext, client_id: str, logout_id: UUID) -> Effect:
    row = await ctx.store.outbox.get(logout_id)
    if row is None or (row.kind, row.subject) != (KIND, client_id):
        raise NotFound("logout", str(logout_id))
    return row


def _as_told(row: Effect, names_people: bool) -> Logout:
    return Logout(
        logout_id=row.effect_id,
        client_id=row.subject,
        user_id=UUID(row.payload["user_id"]) if names_people else None,
        state=row.state,
        attempts=row.attempts,
        outcome=row.outcome,
        created_at=row.created_at,
        due_at=row.due_at if row.state == WAITING else None,
        finished_at=row.finished_at,
    )
