"""Whether an access token that was presented counts now."""

from dataclasses import dataclass

from consentry.records.authorization import Authorization
from consentry.spec.scope import Scope
from consentry.tenancy.context import TenantContext
from consentry.tokens.access import AccessReference, read_access


@dataclass(frozen=True, slots=True)
class Standing:
    """A live access token: what it says, and the authorization behind it.

    authorization and username are None when the client acts for itself.
    """

    token: AccessReference
    client_id: str
    scope: Scope
    authorization: Authorization | None
    username: str | None


async def standing_of(ctx: TenantContext, text: str) -> Standing | None:
    """The standing of a token text; None if it is not live. One read, after the seal held."""
    token = await read_access(ctx, text)
    if token is None:
        return None
    if token.authorization_id is None:
        client_id = token.client_id or ""
        if not await ctx.store.authorizations.client_is_live(client_id, token.jti):
            return None
        return Standing(token, client_id, Scope.parse(token.scope), None, None)
    found = await ctx.store.authorizations.live(token.authorization_id, token.jti, ctx.now())
    if found is None or not found.is_live:
        return None
    row = found.authorization
    scope = Scope.parse(row.scope)
    if token.scope is not None:
        # What was withdrawn from the authorization is gone from its tokens too.
        scope = Scope.parse(token.scope) & scope
    return Standing(token, row.client_id, scope, row, found.username)
