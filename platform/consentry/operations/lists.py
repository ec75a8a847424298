"""Pages of what a tenant holds, for lists that search and go on.

Each page says what to ask for the next one: a cursor of plain values, which the door seals
into whatever it likes. Who may act for their own apps alone is shown those.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar
from uuid import UUID

from consentry.operations.errors import Forbidden
from consentry.operations.permissions import reach, require
from consentry.records.authorization import AuthorizationRow
from consentry.records.client import ClientRow, ClientUse
from consentry.records.transient import Refusal
from consentry.records.user import User
from consentry.store.lists import Holder
from consentry.tenancy.context import TenantContext

Item = TypeVar("Item")
Cursor = TypeVar("Cursor")
OWN_APPS: Final = 1_000
"""The most apps of one person that lists look through."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Item, Cursor]):
    """Some items, and the cursor of the page behind them; None at the end."""

    items: Sequence[Item]
    next: Cursor | None


def paged(
    found: Sequence[Item], limit: int, cursor: Callable[[Item], Cursor]
) -> Page[Item, Cursor]:
    """A page of at most `limit` of what was read, which is one more where there is more."""
    items = found[:limit]
    return Page(items, cursor(items[-1]) if len(found) > limit else None)


async def clients_page(
    ctx: TenantContext, *, q: str = "", after: str = "", limit: int = 50
) -> Page[ClientRow, str]:
    """Clients by id, those whose id or name begins with `q`. Raises Forbidden."""
    only = await own_apps(ctx, "clients.read")
    found = await ctx.store.lists.clients(prefix=q, after=after, only=only, limit=limit + 1)
    return paged(found, limit, lambda row: row.client_id)


async def own_apps(ctx: TenantContext, permission: str) -> list[str] | None:
    """The apps the actor's reach is bounded by; None if it is not. Raises Forbidden."""
    found = reach(ctx, permission)
    if found is None:
        raise Forbidden(permission)
    if found == "all":
        return None
    members = await ctx.store.members.of_user(UUID(ctx.actor.id), limit=OWN_APPS)
    return [one.client_id for one in members]


async def users_page(
    ctx: TenantContext, *, q: str = "", after: str = "", limit: int = 50
) -> Page[User, str]:
    """People by username, those whose username or e-mail begins with `q`. Raises Forbidden."""
    await require(ctx, "users.read")
    found = await ctx.store.lists.users(prefix=q, after=after, limit=limit + 1)
    return paged(found, limit, lambda row: row.username_key)


async def usernames_of(ctx: TenantContext, user_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Usernames by id, without those of people who are gone. Raises Forbidden."""
    await require(ctx, "users.read")
    ids = [*set(user_ids)]
    return await ctx.store.lists.usernames(ids) if ids else {}


async def authorizations_page(
    ctx: TenantContext, whose: Holder, *, after: UUID | None = None, limit: int = 50
) -> Page[AuthorizationRow, UUID]:
    """Authorizations that count now, by id. Raises Forbidden."""
    await require(ctx, "authorizations.read")
    found = await ctx.store.lists.authorizations(whose, after=after, now=ctx.now(), limit=limit + 1)
    return paged(found, limit, lambda row: row.id)


async def refusals_page(
    ctx: TenantContext,
    *,
    client_id: str | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> Page[Refusal, tuple[datetime, UUID]]:
    """Recorded refusals, newest first. Raises Forbidden, or NotFound for other people's app."""
    await require(ctx, "refusals.read", client_id)
    found = await ctx.store.lists.refusals(client_id=client_id, before=before, limit=limit + 1)
    return paged(found, limit, lambda row: (row.created_at, row.refusal_id))


async def uses_page(
    ctx: TenantContext,
    *,
    client_id: str | None = None,
    after: tuple[str, str] | None = None,
    limit: int = 50,
) -> Page[ClientUse, tuple[str, str]]:
    """When clients last proved themselves, by client and protocol. Raises Forbidden, NotFound."""
    await require(ctx, "usage.read", client_id)
    found = await ctx.store.lists.uses(client_id=client_id, after=after, limit=limit + 1)
    return paged(found, limit, lambda row: (row.client_id, row.protocol))
