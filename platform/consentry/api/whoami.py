"""`/api/v1/whoami`: who a token or a signed request stands for, in either protocol."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from consentry.api.problems import NoCredentials
from consentry.spec.authorization_header import parse_bearer, scheme_of
from consentry.spec.errors import InvalidRequest, InvalidToken
from consentry.tenancy.context import TenantContext
from consentry.tokens.signed_request import signer_of
from consentry.tokens.standing import standing_of
from consentry.tokens.subject import subject_of
from consentry.web.routing import Rendered, header_values
from consentry.web.signed import received_signed
from consentry.web.successes import record_success

_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
_SIGNED = b"oauth_consumer_key="


async def whoami(request: Request) -> Response:
    """`sub`, `client_id`, `scope` and `protocol` of whoever asks.

    Raises NoCredentials, and what the protocol used has for bad ones.
    """
    ctx = TenantContext.of(request)
    headers = header_values(request, b"authorization")
    scheme = scheme_of(headers[0]) if headers else ""
    if scheme == "oauth" or (not headers and _carries_signature(request)):
        members = await _signer(ctx, request)
    elif scheme == "bearer":
        if len(headers) > 1:
            raise InvalidRequest("more than one Authorization header", rule="RFC 6750 2")
        members = await _bearer(ctx, request, parse_bearer(headers[0]))
    else:
        raise NoCredentials("send an access token or a signed request", rule="credentials")
    return Rendered(orjson.dumps(members), _HEADERS)


def _carries_signature(request: Request) -> bool:
    """Whether query or form body hold protocol parameters (RFC 5849 §3.5.2, §3.5.3)."""
    scope = request.scope
    return _SIGNED in scope["query_string"] or _SIGNED in scope.get("consentry.body", b"")


async def _signer(ctx: TenantContext, request: Request) -> dict[str, Any]:
    signed = received_signed(request)
    request.scope["consentry.client_id"] = signed.client_key
    signer = await signer_of(ctx, signed)
    record_success(request, "signed request")
    return {
        "sub": signer.subject(ctx),
        "client_id": signer.client.client_id,
        "scope": str(signer.scope),
        "protocol": "oauth1",
    }


async def _bearer(ctx: TenantContext, request: Request, token: str) -> dict[str, Any]:
    standing = await standing_of(ctx, token)
    client = await ctx.client(standing.client_id) if standing else None
    if standing is None or client is None or ctx.issuer not in standing.token.audience:
        raise InvalidToken("the access token is not valid here", rule="access token")
    row = standing.authorization
    return {
        "sub": subject_of(ctx, client, row.user_id) if row else client.client_id,
        "client_id": client.client_id,
        "scope": str(standing.scope),
        "protocol": "oauth2",
    }
