"""Per-view scopes: which access tokens of this provider may come to a view."""

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps

from starlette.requests import Request
from starlette.responses import Response

from consentry.compat.provider.models import AccessToken, digest_of
from consentry.compat.provider.provider import Provider
from consentry.compat.provider.scope import check
from consentry.compat.provider.utils import is_plausible
from consentry.spec.authorization_header import bearer_challenge, parse_bearer, scheme_of
from consentry.spec.errors import InsufficientScope, InvalidRequest, InvalidToken, OAuthError
from consentry.spec.scope import Scope

Endpoint = Callable[[Request], Awaitable[Response]]


def accepted_scopes(provider: Provider, *names: str) -> Callable[[Endpoint], Endpoint]:
    """Let a view be called with a token that has any one of these scopes.

    The token comes in the `Authorization` header only, never in a query or body (RFC 9700
    §4.3.2). The view finds it as `request.state.access_token`. Others get 401 or 403 with a
    challenge; the body of a 403 lists the scopes accepted and those held. Raises InvalidScope
    for a name that is none.
    """
    for name in names:
        provider.settings.scopes.to_int(name, strict=True)

    def guard(view: Endpoint) -> Endpoint:
        @wraps(view)
        async def guarded(request: Request) -> Response:
            if scheme_of(request.headers.get("authorization", "")) != "bearer":
                return _refusal(provider, names)
            try:
                token = await presented_token(provider, request)
            except OAuthError as refusal:
                return _refusal(provider, names, refusal)
            bits = (provider.settings.scopes.to_int(name) for name in names)
            if not any(check(one, token.scope) for one in bits):
                return _too_little(provider, names, token)
            request.state.access_token = token
            return await view(request)

        return guarded

    return guard


async def presented_token(provider: Provider, request: Request) -> AccessToken:
    """The live token of the header. Raises InvalidRequest or InvalidToken (RFC 6750 §3.1)."""
    headers = request.headers.getlist("authorization")
    if len(headers) != 1:
        raise InvalidRequest("one Authorization header is needed")
    text = parse_bearer(headers[0])
    known = is_plausible(text)
    token = await provider.store.get_access_token(digest_of(text)) if known else None
    if token is None or token.expires <= provider.clock():
        raise InvalidToken("the access token is unknown, ended or expired")
    return token


def _refusal(
    provider: Provider, names: tuple[str, ...], refusal: OAuthError | None = None
) -> Response:
    """401 or 400; without an error code when no token was sent (RFC 6750 §3.1)."""
    status, members = (401, {}) if refusal is None else (refusal.status, refusal.body())
    return _answer(provider, status, members, refusal, names)


def _too_little(provider: Provider, names: tuple[str, ...], token: AccessToken) -> Response:
    refusal = InsufficientScope("the access token lacks the scope")
    held = provider.settings.scopes.names(token.scope)
    members = {**refusal.body(), "accepted_scopes": list(names), "held_scopes": held}
    return _answer(provider, refusal.status, members, refusal, names)


def _answer(
    provider: Provider,
    status: int,
    members: Mapping[str, object],
    refusal: OAuthError | None,
    names: tuple[str, ...],
) -> Response:
    realm = provider.settings.issuer or provider.settings.session_key
    challenge = bearer_challenge(realm, refusal, Scope.of(*names))
    headers = {"WWW-Authenticate": challenge, "Cache-Control": "no-store"}
    return Response(json.dumps(dict(members)), status, headers, media_type="application/json")
