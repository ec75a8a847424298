"""Authorizations as administrators see them: looked up and ended."""

from uuid import UUID

from consentry.operations.audit import record
from consentry.operations.changing import changing
from consentry.operations.errors import NotFound, Refused
from consentry.operations.permissions import require
from consentry.records.authorization import Authorization
from consentry.store.lists import Holder as Holder
from consentry.tenancy.context import TenantContext


async def get_authorization(ctx: TenantContext, id: UUID) -> Authorization:
    """One of them, ended or not. Raises NotFound, Forbidden."""
    await require(ctx, "authorizations.read")
    found = await ctx.store.authorizations.get(id)
    if found is None:
        raise NotFound("authorization", str(id))
    return found


async def revoke_authorization(ctx: TenantContext, id: UUID) -> None:
    """End one with all its tokens. Raises NotFound for one that does not count, Forbidden."""
    await require(ctx, "authorizations.write")
    async with changing(ctx) as inner:
        if not await inner.store.endings.authorizations(Holder(), ctx.now(), id=id):
            raise NotFound("authorization", str(id))
        await record(inner, "authorization.revoke", target=("authorization", str(id)))


async def revoke_authorizations(ctx: TenantContext, whose: Holder) -> int:
    """End all of a person, of a client, or of the person at the client. How many ended.

    Raises Refused when neither is named, Forbidden.
    """
    await require(ctx, "authorizations.write")
    if whose == Holder():
        raise Refused("", "name a user_id or a client_id: not everything ends at once")
    async with changing(ctx) as inner:
        ended = await inner.store.endings.authorizations(whose, ctx.now())
        target = ("client", whose.client_id or "")
        if whose.user_id is not None:
            target = ("user", str(whose.user_id))
        detail = {"ended": ended, "client_id": whose.client_id}
        await record(inner, "authorization.revoke_all", target=target, detail=detail)
    return ended
