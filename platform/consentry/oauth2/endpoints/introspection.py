"""The introspection endpoint (RFC 7662)."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from consentry.identity.client_auth import authenticate_client
from consentry.oauth2.answers import json_answer, read_form
from consentry.records.client import Client
from consentry.spec.errors import InvalidClient
from consentry.tenancy.context import TenantContext
from consentry.tokens.imported import find_refresh
from consentry.tokens.standing import Standing, standing_of
from consentry.tokens.subject import subject_of
from consentry.web.successes import record_success

INACTIVE: dict[str, Any] = {"active": False}


async def introspect(request: Request) -> Response:
    """What a token is worth now; `active: false` for all the caller may not know."""
    ctx = TenantContext.of(request)
    form = await read_form(request)
    caller = await authenticate_client(ctx, request, form)
    if caller.is_public:
        raise InvalidClient("introspection needs a confidential client", rule="introspection")
    text = form.require("token")
    standing = await standing_of(ctx, text)
    if standing is not None:
        members = await _access(ctx, caller, standing)
    else:
        members = await _refresh(ctx, caller, text)
    record_success(request, "active token" if members["active"] else "inactive token")
    return json_answer(members)


async def _access(ctx: TenantContext, caller: Client, standing: Standing) -> dict[str, Any]:
    token = standing.token
    if not _may_know(ctx, caller, standing.client_id, token.audience):
        return INACTIVE
    holder = await ctx.client(standing.client_id)
    if holder is None:
        return INACTIVE
    audience = token.audience
    members: dict[str, Any] = {
        "active": True,
        "scope": str(standing.scope),
        "client_id": standing.client_id,
        "token_type": "Bearer",
        "exp": token.expires_at,
        "iat": token.issued_at,
        "iss": ctx.issuer,
        "aud": audience[0] if len(audience) == 1 else list(audience),
        "jti": token.jti,
        "sub": standing.client_id,
    }
    if standing.authorization is not None:
        members["sub"] = subject_of(ctx, holder, standing.authorization.user_id)
        members["auth_time"] = int(standing.authorization.auth_time.timestamp())
        if holder.metadata.subject_type == "public":
            members["username"] = standing.username
    return members


async def _refresh(ctx: TenantContext, caller: Client, text: str) -> dict[str, Any]:
    token = await find_refresh(ctx, text)
    if token is None:
        return INACTIVE
    found = await ctx.store.authorizations.live(token.authorization_id, "", ctx.now())
    if found is None or not found.is_live:
        return INACTIVE
    row = found.authorization
    if row.generation != token.generation or not _may_know(ctx, caller, row.client_id, ()):
        return INACTIVE
    holder = await ctx.client(row.client_id)
    return {
        "active": True,
        "scope": row.scope,
        "client_id": row.client_id,
        "exp": int(row.expires_at.timestamp()),
        "iss": ctx.issuer,
        "sub": subject_of(ctx, holder, row.user_id) if holder else str(row.user_id),
    }


def _may_know(
    ctx: TenantContext, caller: Client, client_id: str, audience: tuple[str, ...]
) -> bool:
    """Its own tokens, those for an API it serves, or any if registered so (§4)."""
    if caller.client_id == client_id or caller.metadata.may_introspect == "all":
        return True
    return any(
        caller.client_id == one
        or (one in ctx.apis and caller.client_id in ctx.apis[one].resource_servers.split())
        for one in audience
    )
