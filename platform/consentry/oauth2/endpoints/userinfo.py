"""The userinfo endpoint (OIDC Core §5.3)."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from consentry.jose.sign import sign
from consentry.oauth2.answers import FORM, NO_STORE, json_answer, read_form
from consentry.records.client import Client
from consentry.spec.authorization_header import bearer_challenge, parse_bearer, scheme_of
from consentry.spec.claims import ClaimsRequest
from consentry.spec.errors import InsufficientScope, InvalidRequest, InvalidToken
from consentry.spec.scope import OPENID
from consentry.tenancy.context import TenantContext
from consentry.tenancy.signing import signing_key
from consentry.tokens import claims as user_claims
from consentry.tokens.standing import standing_of
from consentry.tokens.subject import subject_of
from consentry.web.usage import served


async def userinfo(request: Request) -> Response:
    """Claims about the person an access token was issued for, as JSON or signed."""
    ctx = TenantContext.of(request)
    token = await presented_token(request)
    if token is None:
        # RFC 6750 §3.1: no error code for a request that carried no token at all.
        return Response(b"", 401, {**NO_STORE, "WWW-Authenticate": bearer_challenge(ctx.issuer)})
    standing = await standing_of(ctx, token)
    client = await ctx.client(standing.client_id) if standing else None
    if standing is None or client is None or ctx.issuer not in standing.token.audience:
        raise InvalidToken("the access token is not valid here", rule="access token")
    row = standing.authorization
    if row is None or OPENID not in standing.scope:
        raise InsufficientScope("openid is needed", scope=OPENID, rule="scope openid")
    user = await ctx.store.users.get(row.user_id)
    if user is None:
        raise InvalidToken("the access token is not valid here", rule="user")
    claims = {
        **user_claims.by_scope(user, standing.scope),
        **user_claims.by_name(user, _asked(row.claims).userinfo),
        "sub": subject_of(ctx, client, row.user_id),
    }
    served(request, client.client_id)
    return await _answer(ctx, client, claims)


async def _answer(ctx: TenantContext, client: Client, claims: dict[str, Any]) -> Response:
    alg = client.metadata.userinfo_signed_response_alg
    if alg is None:
        return json_answer(claims)
    signed = {**claims, "iss": ctx.issuer, "aud": client.client_id}
    jwt = sign(signed, await signing_key(ctx, alg), typ="JWT")
    return Response(jwt, 200, NO_STORE, "application/jwt")


def _asked(text: str | None) -> ClaimsRequest:
    return ClaimsRequest.from_dict(orjson.loads(text)) if text else ClaimsRequest()


async def presented_token(request: Request) -> str | None:
    """The bearer token of a request: header or form body, one of them (RFC 6750 §2).

    None if it carries none. Raises InvalidRequest for two.
    """
    headers = request.headers.getlist("authorization")
    if len(headers) > 1:
        raise InvalidRequest("more than one Authorization header", rule="RFC 6750 2")
    bearer = next((one for one in headers if scheme_of(one) == "bearer"), None)
    in_body = None
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method == "POST" and sent == FORM:
        in_body = (await read_form(request)).get("access_token")
    if bearer is not None and in_body is not None:
        raise InvalidRequest("the token was sent twice", rule="RFC 6750 2")
    return parse_bearer(bearer) if bearer is not None else in_body
