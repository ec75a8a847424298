"""What people agreed to, looked at and taken back by those who administer them."""

from uuid import UUID

from consentry.operations.consents import (
    ConnectedApp,
    connected_apps,
    withdraw_app,
    withdraw_scope,
)
from consentry.operations.permissions import require
from consentry.operations.person import stored_person
from consentry.tenancy.context import TenantContext


async def consents_of(ctx: TenantContext, user_id: UUID) -> list[ConnectedApp]:
    """The apps that may act for a person. Raises NotFound, Forbidden."""
    await require(ctx, "authorizations.read")
    await stored_person(ctx, user_id)
    return await connected_apps(ctx, user_id)


async def withdraw_for(
    ctx: TenantContext, user_id: UUID, client_id: str, scope: str | None = None
) -> int:
    """Take an app, or one scope of it, back for a person. How many authorizations changed.

    Raises NotFound, Forbidden.
    """
    await require(ctx, "authorizations.write")
    await stored_person(ctx, user_id)
    if scope is None:
        return await withdraw_app(ctx, user_id, client_id)
    return await withdraw_scope(ctx, user_id, client_id, scope)
