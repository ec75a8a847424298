"""Whom somebody may make, change or lock out."""

from typing import Final

from consentry.operations.errors import Conflict, Forbidden
from consentry.operations.permissions import ROLES, covers, reach
from consentry.records.user import User
from consentry.spec.scope import Scope
from consentry.tenancy.context import TenantContext

ADMIN: Final = "admin"
LAST: Final = "the last administrator who can sign in stays one: make another first"
PAGE: Final = 100


async def check_person(ctx: TenantContext, before: User | None, roles: str = "") -> None:
    """Raises Forbidden unless the actor may do all that this person may.

    before: the person as stored, None for one who is made. roles: as stored, of the person
    from now on. Whoever sets a password or an address to sign in by can act as the person, so
    nobody reaches further that way: not by a role, nor by what an app they manage was given.
    """
    held = {*roles.split(), *(before.roles.split() if before else ())}
    if any(not _reaches(ctx, role) for role in held):
        reason = "people with a role are changed by those who may do all that it lets them"
        raise Forbidden("users.write", reason)
    if before is not None and held and not await _reaches_apps(ctx, before):
        reason = "they manage an app that may do more than you"
        raise Forbidden("users.write", reason)


def _reaches(ctx: TenantContext, role: str) -> bool:
    return all(reach(ctx, name) in ("all", far) for name, far in ROLES[role].items())


async def _reaches_apps(ctx: TenantContext, user: User) -> bool:
    """Whether the actor may do everywhere what each of the person's apps was given to do."""
    missing = {name for name in ROLES[ADMIN] if reach(ctx, name) != "all"}
    page = await ctx.store.members.of_user(user.user_id, limit=PAGE) if missing else ()
    while page:
        for member in page:
            stored = await ctx.store.clients.get(member.client_id)
            scope = stored.row.metadata_.get("scope") if stored is not None else None
            if any(covers(Scope.parse(scope or ""), name) for name in missing):
                return False
        page = await ctx.store.members.of_user(user.user_id, after=page[-1].client_id, limit=PAGE)
    return True


async def check_last(ctx: TenantContext, before: User, after: User | None) -> None:
    """Raises Conflict if nobody would be left to administer the tenant.

    after: the person as they will be, None for removed. Operators and the command line may do
    it all the same: they can make another administrator.
    """
    if ctx.actor.kind in ("operator", "system") or not _administers(before):
        return
    if after is not None and _administers(after):
        return
    if not await ctx.store.users.has_administrator(besides=before.user_id):
        raise Conflict("user", LAST)


def _administers(user: User) -> bool:
    return ADMIN in user.roles.split() and user.disabled_at is None
