"""Who calls: a token of the tenant, or the person signed in at this browser."""

from starlette.requests import Request

from consentry.api.operation import Operation
from consentry.api.problems import NotSignedIn, Problem
from consentry.interaction.browser import Browser, signed_in
from consentry.operations.errors import NotFound
from consentry.operations.permissions import PREFIX, covers, reach, require
from consentry.operations.person import stored_person
from consentry.spec.authorization_header import parse_bearer, scheme_of
from consentry.spec.errors import InsufficientScope, InvalidRequest, InvalidToken
from consentry.store.ports import SignedIn
from consentry.tenancy.context import TenantContext
from consentry.tokens.standing import standing_of
from consentry.web.acting import acting_client, acting_person
from consentry.web.csrf import Forged, check_csrf, csrf_token
from consentry.web.routing import header_values

CSRF_HEADER = "x-csrf-token"
CSRF_ACTION = "/api/v1"


async def caller(request: Request, *, changes: bool) -> TenantContext:
    """The context on behalf of whoever calls.

    changes: a cookie alone will not do, the `X-CSRF-Token` must be with it. Raises
    NotSignedIn, InvalidToken, InvalidRequest, or Problem 403.
    """
    ctx = TenantContext.of(request)
    headers = header_values(request, b"authorization")
    if headers:
        if len(headers) > 1:
            raise InvalidRequest("more than one Authorization header", rule="RFC 6750 2")
        if scheme_of(headers[0]) != "bearer":
            raise NotSignedIn("send a bearer token, or sign in", rule="credentials")
        return await _by_token(ctx, request, parse_bearer(headers[0]))
    current = await signed_in(ctx, request)
    if current is None:
        raise NotSignedIn("send a bearer token, or sign in", rule="credentials")
    if changes:
        _check_own_page(ctx, request, current)
    return acting_person(request, ctx, current.user)


async def _by_token(ctx: TenantContext, request: Request, text: str) -> TenantContext:
    standing = await standing_of(ctx, text)
    client = await ctx.client(standing.client_id) if standing else None
    if standing is None or client is None or ctx.issuer not in standing.token.audience:
        raise InvalidToken("the access token is not valid here", rule="access token")
    request.scope["consentry.client_id"] = client.client_id
    # What the client is registered for no more, no token of it may do any more.
    scopes = standing.scope & client.scope
    if standing.authorization is None:
        return acting_client(request, ctx, client.client_id, client.name, scopes)
    try:
        user = await stored_person(ctx, standing.authorization.user_id)
    except NotFound:
        raise InvalidToken("the access token is not valid here", rule="access token") from None
    return acting_person(request, ctx, user, scopes)


def _check_own_page(ctx: TenantContext, request: Request, current: SignedIn) -> None:
    binding = Browser(request).bound_to(current.user.user_id)
    try:
        check_csrf(ctx, request, binding, CSRF_ACTION, request.headers.get(CSRF_HEADER))
    except Forged as error:
        raise Problem(403, "csrf", f"X-CSRF-Token is needed beside a cookie: {error}") from None


async def token_of_page(ctx: TenantContext, request: Request) -> str:
    """What the `X-CSRF-Token` of this browser's signed-in person is. Raises NotSignedIn."""
    current, browser = await signed_in(ctx, request), Browser(request)
    if current is None or browser.is_new:
        raise NotSignedIn("sign in first", rule="credentials")
    return csrf_token(ctx, browser.bound_to(current.user.user_id), CSRF_ACTION)


async def check_allowed(ctx: TenantContext, operation: Operation, client_id: str | None) -> None:
    """Raises InsufficientScope, Forbidden, or NotFound for an app of other people.

    client_id: the app the call is about.
    """
    permission, scopes = operation.permission, ctx.actor.scopes
    if permission is None:
        return
    if scopes is not None and not covers(scopes, permission):
        raise InsufficientScope(
            "the access token lacks a scope", scope=PREFIX + permission, rule=permission
        )
    if operation.own:
        if ctx.actor.kind not in ("user", "operator"):
            raise Problem(403, "forbidden", "this is about a person, and the token is a client's")
        return
    if not operation.narrows or reach(ctx, permission) is None:
        await require(ctx, permission, client_id)
