"""Who may do what: roles, scopes of API tokens, and the apps a developer manages."""

from typing import Final, Literal
from uuid import UUID

from consentry.operations.errors import Forbidden, NotFound
from consentry.spec.scope import Scope
from consentry.tenancy.actor import OPERATORS, Actor
from consentry.tenancy.context import TenantContext

Reach = Literal["all", "own"]

PERMISSIONS: Final = (
    "clients.read",
    "clients.write",
    "users.read",
    "users.write",
    "scopes.read",
    "scopes.write",
    "authorizations.read",
    "authorizations.write",
    "keys.read",
    "keys.write",
    "policy.read",
    "policy.write",
    "audit.read",
    "refusals.read",
    "usage.read",
    "webhooks.read",
    "webhooks.write",
    "tenants.read",
    "tenants.write",
)
_TENANTS: Final = ("tenants.read", "tenants.write")
ROLES: Final[dict[str, dict[str, Reach]]] = {
    "operator": dict.fromkeys(PERMISSIONS, "all"),
    "admin": {name: "all" for name in PERMISSIONS if name not in _TENANTS},
    "developer": {
        "clients.read": "own",
        "clients.write": "own",
        "scopes.read": "all",
        "refusals.read": "own",
        "usage.read": "own",
    },
}
"""What each role may do: everywhere in its tenant, or for the apps its holder manages."""
PREFIX: Final = "consentry:"
API_SCOPES: Final = tuple(
    PREFIX + name
    for name in dict.fromkeys(
        part for full in PERMISSIONS for part in (full.partition(".")[0], full)
    )
)
"""Scopes of API tokens: one a permission, and one for all that begin alike."""


def reach(ctx: TenantContext, permission: str) -> Reach | None:
    """How far the context's actor may go: everywhere, for its own apps, or not at all.

    A token of a person does what its scopes and the person's roles both allow; a client's
    own token what its scopes allow. Raises ValueError for a name that is no permission.
    """
    return reach_at(ctx.actor, permission, ctx.tenant.tenant_id)


def reach_at(actor: Actor, permission: str, tenant_id: UUID) -> Reach | None:
    """The same of an actor at a tenant, or at the operators' (`OPERATORS`)."""
    if permission not in PERMISSIONS:
        raise ValueError(f"{permission} is no permission")
    if actor.kind == "system":
        return "all"
    if actor.scopes is not None and not covers(actor.scopes, permission):
        return None
    if actor.kind == "operator":
        return ROLES["operator"][permission]
    if actor.kind == "client":
        # Other tenants are nothing a tenant can give its client rights to.
        is_ours = permission not in _TENANTS or tenant_id == OPERATORS
        return "all" if actor.scopes is not None and is_ours else None
    found = [ROLES[role].get(permission) for role in ("admin", "developer") if role in actor.roles]
    return next((one for one in found if one is not None), None)


def covers(scopes: Scope, permission: str) -> bool:
    """Whether a token with these scopes was granted the permission."""
    return f"{PREFIX}{permission}" in scopes or PREFIX + permission.partition(".")[0] in scopes


def require_operator(actor: Actor, permission: str) -> None:
    """Raises Forbidden unless the actor may do this to any tenant."""
    if reach_at(actor, permission, OPERATORS) != "all":
        raise Forbidden(permission)


def may_give(ctx: TenantContext, scope: str) -> bool:
    """Whether the acting administrator may let a client have this scope of our own API.

    Nobody gives more than they hold, and no client gives any.
    """
    if ctx.actor.kind == "client":
        return False
    given = [name for name in PERMISSIONS if covers(Scope.of(scope), name)]
    return all(reach(ctx, name) == "all" for name in given)


async def require(ctx: TenantContext, permission: str, client_id: str | None = None) -> None:
    """Raises Forbidden unless the context's actor may; NotFound for an app of other people.

    client_id: the app it is about. Without one it is about the whole tenant, and who may act
    for their own apps alone is refused.
    """
    found = reach(ctx, permission)
    if found is None or (found == "own" and client_id is None):
        raise Forbidden(permission)
    if found == "own" and client_id is not None and not await manages(ctx, client_id):
        # As an id that is nobody's: what others have is not to be found out.
        raise NotFound("client", client_id)


async def manages(ctx: TenantContext, client_id: str, *, role: str | None = None) -> bool:
    """Whether the acting person is among those who manage the app, in this role if given."""
    if ctx.actor.kind != "user" or not ctx.actor.id or len(client_id) > 255:
        return False
    member = await ctx.store.members.get(client_id, UUID(ctx.actor.id))
    return member is not None and role in (None, member.role)
