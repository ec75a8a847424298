"""The revocation endpoint (RFC 7009)."""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from consentry.identity.client_auth import EITHER, authenticate_client
from consentry.oauth2.answers import NO_STORE, read_form
from consentry.tenancy.context import TenantContext
from consentry.tokens.access import read_access
from consentry.tokens.imported import find_refresh, find_token_credential
from consentry.web.usage import served


async def revoke(request: Request) -> Response:
    """Revoke a token; 200 also if it is unknown or another client's (RFC 7009 §2.2).

    A refresh token, or a token credential of OAuth 1, ends its authorization; an access token
    only itself. The kind is plain from the token, so `token_type_hint` decides nothing.
    """
    ctx = TenantContext.of(request)
    form = await read_form(request)
    client = await authenticate_client(ctx, request, form, EITHER)
    text = form.require("token")
    lasting = await find_refresh(ctx, text) or await find_token_credential(ctx, text)
    if lasting is not None:
        row = await ctx.store.authorizations.get(lasting.authorization_id)
        if row is not None and row.client_id == client.client_id:
            await ctx.store.authorizations.revoke(row.id, ctx.now())
    elif (access := await read_access(ctx, text)) is not None:
        holder = access.client_id
        if access.authorization_id is not None:
            found = await ctx.store.authorizations.get(access.authorization_id)
            holder = found.client_id if found else None
        if holder == client.client_id:
            expires_at = datetime.fromtimestamp(access.expires_at, UTC)
            await ctx.store.authorizations.revoke_token(access.jti, expires_at)
    served(request, client.client_id)
    return Response(b"", headers=NO_STORE)
