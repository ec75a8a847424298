"""People of the tests' tenants, and contexts on their behalf."""

from uuid import UUID

from consentry.operations.users import create_user
from consentry.spec.scope import Scope
from consentry.tenancy.actor import Actor
from consentry.tenancy.context import TenantContext


async def person(ctx: TenantContext, username: str, *roles: str) -> TenantContext:
    """The context on behalf of a new person with these roles."""
    user = await create_user(ctx, username, email=f"{username}@example.com", roles=roles)
    return acting(ctx, user.user_id, username, *roles)


def acting(
    ctx: TenantContext, user_id: UUID, username: str, *roles: str, scopes: str | None = None
) -> TenantContext:
    """The context on behalf of a person; scopes: of the token they came with."""
    granted = None if scopes is None else Scope.parse(scopes)
    return ctx.acting(Actor("user", str(user_id), username, frozenset(roles), granted))


def client_with(ctx: TenantContext, scopes: str) -> TenantContext:
    """The context on behalf of a client with a token of its own."""
    return ctx.acting(Actor("client", "robot", "Robot", scopes=Scope.parse(scopes)))
