"""Who manages an app: its owners, who also choose the others, and its members."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from consentry.operations.audit import record
from consentry.operations.changing import changing
from consentry.operations.client_rights import check_rights
from consentry.operations.errors import Forbidden, NotFound, Refused
from consentry.operations.permissions import manages, reach, require
from consentry.records.member import ClientMember
from consentry.records.user import User
from consentry.store.ports import StoredClient
from consentry.tenancy.context import TenantContext, as_client

OWNER: Final = "owner"
MEMBER: Final = "member"
MEMBER_ROLES: Final = (OWNER, MEMBER)
DEVELOPERS: Final = frozenset({"developer", "admin"})


class AppPerson(NamedTuple):
    """Somebody who manages an app, and as what since when."""

    user: User
    member: ClientMember


async def require_owner(ctx: TenantContext, client_id: str) -> None:
    """Raises Forbidden unless the actor owns the app or may change every one; NotFound."""
    await require(ctx, "clients.write", client_id)
    if reach(ctx, "clients.write") == "own" and not await manages(ctx, client_id, role=OWNER):
        raise Forbidden("clients.write", "this is for the owners of the app")


async def people_of(ctx: TenantContext, client_id: str) -> Sequence[AppPerson]:
    """Who manages an app, longest first. Raises NotFound, Forbidden."""
    await require(ctx, "clients.read", client_id)
    await _known(ctx, client_id)
    found = []
    for member in await ctx.store.members.of_client(client_id):
        user = await ctx.store.users.get(member.user_id)
        if user is not None:
            found.append(AppPerson(user, member))
    return found


async def owners_of(ctx: TenantContext, client_ids: Sequence[str]) -> dict[str, list[str]]:
    """Usernames of the owners of some apps, longest first. Raises Forbidden."""
    await require(ctx, "clients.read")
    return await ctx.store.members.owners(client_ids) if client_ids else {}


async def apps_of(
    ctx: TenantContext, user_id: UUID, *, after: str = "", limit: int = 100
) -> Sequence[ClientMember]:
    """The apps somebody manages, by client_id: one's own, or with `users.read` anybody's."""
    if ctx.actor.id != str(user_id):
        await require(ctx, "users.read")
    return await ctx.store.members.of_user(user_id, after=after, limit=limit)


async def add_founder(ctx: TenantContext, client_id: str) -> None:
    """Whoever registers an app in person owns it; part of the transaction that does."""
    if ctx.actor.kind == "user" and ctx.actor.id:
        await _save(ctx, client_id, UUID(ctx.actor.id), OWNER)


async def set_member(
    ctx: TenantContext, client_id: str, identifier: str, role: str = MEMBER
) -> None:
    """Let a developer manage an app, or change what they are to it.

    identifier: username or e-mail. Raises NotFound, Forbidden, or Refused, also for an app
    that was given what the actor could not give: who manages it can act through it.
    """
    await require_owner(ctx, client_id)
    if role not in MEMBER_ROLES:
        raise Refused("role", f"must be {' or '.join(MEMBER_ROLES)}")
    async with changing(ctx) as inner:
        metadata = as_client(await _known(inner, client_id)).metadata
        check_rights(inner, metadata, metadata)
        user = await _developer(inner, identifier)
        user_id, name = user.user_id, user.username
        before = await inner.store.members.get(client_id, user_id)
        if before is not None and before.role == role:
            return
        if before is not None and role != OWNER:
            await _check_others(inner, client_id, user_id)
        await _save(inner, client_id, user_id, role)
        detail = {"user_id": str(user_id), "username": name, "role": role}
        await record(inner, "member.set", target=("client", client_id), detail=detail)


async def remove_member(ctx: TenantContext, client_id: str, user_id: UUID) -> None:
    """Somebody manages an app no more; everybody may leave by themselves.

    Raises NotFound, Forbidden, or Refused for the last owner.
    """
    if ctx.actor.id == str(user_id):
        await require(ctx, "clients.write", client_id)
    else:
        await require_owner(ctx, client_id)
    async with changing(ctx) as inner:
        if await inner.store.members.get(client_id, user_id) is None:
            raise NotFound("user", str(user_id))
        if reach(ctx, "clients.write") == "own":
            await _check_others(inner, client_id, user_id)
        await inner.store.members.remove(client_id, user_id)
        detail = {"user_id": str(user_id)}
        await record(inner, "member.remove", target=("client", client_id), detail=detail)


async def _known(ctx: TenantContext, client_id: str) -> StoredClient:
    found = await ctx.store.clients.get(client_id)
    if found is None:
        raise NotFound("client", client_id)
    return found


async def _developer(ctx: TenantContext, identifier: str) -> User:
    """One answer for nobody and for people who cannot manage apps: who is here is not told."""
    found = await ctx.store.users.by_identifier(identifier) if len(identifier) <= 320 else None
    if found is None or found.disabled_at is not None or DEVELOPERS.isdisjoint(found.roles.split()):
        raise Refused("user", "is no developer here")
    return found


async def _check_others(ctx: TenantContext, client_id: str, user_id: UUID) -> None:
    members = await ctx.store.members.of_client(client_id)
    if not any(one.role == OWNER and one.user_id != user_id for one in members):
        raise Refused("user", "is the last owner of the app")


async def _save(ctx: TenantContext, client_id: str, user_id: UUID, role: str) -> None:
    before = await ctx.store.members.get(client_id, user_id)
    since = ctx.now() if before is None else before.since
    await ctx.store.members.save(
        ClientMember(
            tenant_id=ctx.tenant.tenant_id,
            client_id=client_id,
            user_id=user_id,
            role=role,
            since=since,
        )
    )
