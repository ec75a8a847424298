"""The authorization endpoint (RFC 6749 §3.1, OIDC Core §3.1.2)."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from consentry.interaction.answers import error_page, go, guarded_page
from consentry.interaction.browser import Browser, signed_in
from consentry.interaction.consent import asked_of
from consentry.interaction.flow import LONGEST, Flow, FlowLost
from consentry.interaction.steps import hinted, next_step
from consentry.oauth2.answers import check_form_type
from consentry.oauth2.approve import approve
from consentry.oauth2.checks.authorization import check_allowed, proven_client
from consentry.oauth2.response_modes import Return, authorization_response
from consentry.records.client import Client
from consentry.spec.authorization_request import AuthorizationRequest
from consentry.spec.errors import InvalidRequest, OAuthError, TemporarilyUnavailable
from consentry.spec.received import Received, receive
from consentry.store.ports import Unavailable
from consentry.tenancy.context import TenantContext
from consentry.web.refusals import record_refusal
from consentry.web.successes import record_success

GIVEN = ("code", "access_token", "id_token")


@guarded_page
async def authorize(request: Request) -> Response:
    """Ask the person what is needed, then answer the client.

    Until client and redirect_uri are known good every error is a page (RFC 6749 §4.1.2.1).
    """
    ctx, browser = TenantContext.of(request), Browser(request)
    if request.method == "GET" and request.scope["query_string"].startswith(b"flow="):
        flow = Flow.open(ctx, browser, request.query_params.get("flow"), "authorize")
        if flow.oauth_token is not None:
            raise FlowLost("it began with OAuth 1")
        return browser.remember(await _continue(ctx, request, browser, flow))
    try:
        received = await _received(request)
        asked = received.asked
        # Not proven yet; a refusal is put on record under it all the same.
        request.scope["consentry.client_id"] = asked.client_id
        client, redirect_uri = await proven_client(ctx, asked)
    except OAuthError as error:
        record_refusal(request, error)
        return error_page(
            request, "This request cannot be trusted", error.description, code=error.code
        )
    back = Return.of(redirect_uri, asked)
    try:
        parsed = await _checked(ctx, client, received)
        members = replace(parsed, redirect_uri=redirect_uri).to_dict()
        flow = Flow("authorize", members, ctx.now(), asked.redirect_uri is not None)
        if not flow.fits(ctx, browser) or len(received.raw) > LONGEST:
            raise InvalidRequest("the request is too long", rule="length of the request")
    except OAuthError as error:
        return _refused(request, back, error)
    if request.method == "POST" and browser.is_new:
        # Our cookies stay away from what another site posts (SameSite=Lax), and come
        # with the address it is sent on to. A new mark now would end other tabs' flows.
        return go(f"{request.scope['path']}?{received.raw.decode().replace('#', '%23')}")
    return browser.remember(await _continue(ctx, request, browser, flow))


async def _checked(ctx: TenantContext, client: Client, received: Received) -> AuthorizationRequest:
    """The request, well-formed and allowed. Raises the OAuthError its client is told."""
    if received.fault is not None:
        raise received.fault
    parsed = AuthorizationRequest.parse(received.form)
    scope = check_allowed(ctx, client, parsed)
    if parsed.id_token_hint is not None:
        await hinted(ctx, parsed.id_token_hint)
    return replace(parsed, scope=scope)


async def _received(request: Request) -> Received:
    """GET's query or POST's form, never both (OIDC Core §3.1.2.1)."""
    if request.method == "POST":
        check_form_type(request)
        return receive(await request.body())
    return receive(request.scope["query_string"])


async def _continue(ctx: TenantContext, request: Request, browser: Browser, flow: Flow) -> Response:
    """The next page, or the answer to the client when nothing is left to ask."""
    asked = await asked_of(ctx, flow)
    request.scope["consentry.client_id"] = asked.client.client_id
    redirect_uri = str(asked.request.redirect_uri)
    back = Return(redirect_uri, asked.request.response_mode, asked.request.state)
    try:
        current = await signed_in(ctx, request)
        step = await next_step(ctx, flow, asked, current)
        if step is not None or current is None:
            return go(step or "/login", flow=flow.seal(ctx, browser))
        answer = await approve(ctx, asked, current, redirect_uri_given=flow.redirect_uri_given)
        if answer is None:
            # Whoever it is now, if anybody: they are asked anew.
            return go(request.scope["path"], flow=flow.seal(ctx, browser))
        record_success(request, " ".join(one for one in GIVEN if one in answer) + " issued")
        return authorization_response(request, back, answer)
    except OAuthError as error:
        return _refused(request, back, error)
    except Unavailable:
        return _refused(request, back, TemporarilyUnavailable("try again in a moment"))


def _refused(request: Request, back: Return, error: OAuthError) -> Response:
    """The error in the client's hands, with the id of its record."""
    refusal_id = record_refusal(request, error)
    said = f"{error.description} (refusal {refusal_id})".strip()
    return authorization_response(request, back, {"error": error.code, "error_description": said})
