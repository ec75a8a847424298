"""The authorization endpoint (RFC 6749 §3.1, OIDC Core §3.1.2)."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from consentry.interaction.answers import error_page, go, guarded_page
from consentry.interaction.browser import Browser, signed_in
from consentry.interaction.consent import asked_of
from consentry.interaction.flow import Flow
from consentry.interaction.steps import next_step
from consentry.oauth2.answers import read_form, record_refusal
from consentry.oauth2.approve import approve
from consentry.oauth2.checks.authorization import check_allowed, proven_client
from consentry.oauth2.response_modes import Return, authorization_response
from consentry.spec.authorization_request import AuthorizationRequest, Preview, preview
from consentry.spec.errors import OAuthError, TemporarilyUnavailable
from consentry.spec.forms import Form, parse_query
from consentry.store.ports import Unavailable
from consentry.tenancy.context import TenantContext


@guarded_page
async def authorize(request: Request) -> Response:
    """Ask the person what is needed, then answer the client.

    Until client and redirect_uri are known good every error is a page (RFC 6749 §4.1.2.1).
    """
    ctx, browser = TenantContext.of(request), Browser(request)
    if request.method == "GET" and request.scope["query_string"].startswith(b"flow="):
        flow = Flow.open(ctx, browser, request.query_params.get("flow"), "authorize")
        return browser.remember(await _continue(ctx, request, browser, flow))
    try:
        form = await _parameters(request)
        asked = preview(form)
        client, redirect_uri = await proven_client(ctx, asked)
    except OAuthError as error:
        record_refusal(request, error)
        return error_page(
            request, "This request cannot be trusted", error.description, code=error.code
        )
    back = Return.of(redirect_uri, asked)
    request.scope["consentry.client_id"] = client.client_id
    try:
        parsed = AuthorizationRequest.parse(form)
        scope = check_allowed(ctx, client, parsed)
    except OAuthError as error:
        return _refused(request, back, error)
    flow = _begin(ctx, replace(parsed, scope=scope), redirect_uri, asked)
    return browser.remember(await _continue(ctx, request, browser, flow))


async def _parameters(request: Request) -> Form:
    """GET's query or POST's form, never both (OIDC Core §3.1.2.1)."""
    if request.method == "POST":
        return await read_form(request)
    return parse_query(request.scope["query_string"])


def _begin(
    ctx: TenantContext, parsed: AuthorizationRequest, redirect_uri: str, asked: Preview
) -> Flow:
    members = replace(parsed, redirect_uri=redirect_uri).to_dict()
    return Flow("authorize", members, ctx.now(), asked.redirect_uri is not None)


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
        answer = await approve(
            ctx, asked, current, redirect_uri_given=flow.redirect_uri_given
        )
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
