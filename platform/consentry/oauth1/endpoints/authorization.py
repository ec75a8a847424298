"""Resource owner authorization (RFC 5849 §2.2): the same steps and pages as OAuth 2."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consentry.interaction.answers import error_page, go, guarded_page, page
from consentry.interaction.browser import Browser, signed_in
from consentry.interaction.consent import asked_of
from consentry.interaction.flow import Flow
from consentry.interaction.steps import Asked, next_step
from consentry.oauth1.decide import decide
from consentry.spec.authorization_request import AuthorizationRequest
from consentry.spec.errors import AccessDenied
from consentry.spec.forms import parse_query
from consentry.spec.oauth1.errors import (
    OAuth1Error,
    TokenExpired,
    TokenRejected,
    TokenUsed,
    UserRefused,
)
from consentry.spec.redirect_uri import append_params
from consentry.tenancy.context import TenantContext
from consentry.tokens.temporary_credential import TemporaryCredential
from consentry.web.refusals import record_refusal
from consentry.web.successes import record_success


@guarded_page
async def authorize(request: Request) -> Response:
    """Ask the person what is needed, then return to the callback fixed at the start.

    Whatever is wrong before a decision is a page; an `oauth_callback` sent here counts for
    nothing (advisory 2009.1).
    """
    ctx, browser = TenantContext.of(request), Browser(request)
    try:
        flow, temporary = await _received(ctx, request, browser)
        return browser.remember(await _continue(ctx, request, browser, flow, temporary))
    except OAuth1Error as error:
        record_refusal(request, error)
        return error_page(request, "This request cannot go on", error.description, code=error.code)


async def _received(
    ctx: TenantContext, request: Request, browser: Browser
) -> tuple[Flow, TemporaryCredential]:
    """The flow under way, or a new one for temporary credentials."""
    query = request.scope["query_string"]
    if query.startswith(b"flow="):
        flow = Flow.open(ctx, browser, request.query_params.get("flow"), "authorize")
        return flow, await _undecided(ctx, request, flow.oauth_token or "")
    temporary = await _undecided(ctx, request, parse_query(query).require("oauth_token"))
    return Flow("authorize", _asked(temporary), ctx.now(), oauth_token=temporary.text), temporary


async def _undecided(ctx: TenantContext, request: Request, text: str) -> TemporaryCredential:
    """Temporary credentials nobody decided on yet. Raises OAuth1Error."""
    temporary = TemporaryCredential.read(ctx, text)
    if temporary is None:
        raise TokenRejected("The app sent you with a token that is not known here.")
    request.scope["consentry.client_id"] = temporary.client_id
    if temporary.expires_at <= ctx.now():
        raise TokenExpired("This request has expired. Start again at the app you came from.")
    if await ctx.store.authorizations.get(temporary.id) is not None:
        raise TokenUsed("This request was decided before. Start again at the app you came from.")
    return temporary


def _asked(temporary: TemporaryCredential) -> dict[str, object]:
    """What was asked, in the terms the pages know.

    Who carries a code by hand is always asked: no callback proves whose request it was.
    """
    return AuthorizationRequest(
        client_id=temporary.client_id,
        redirect_uri=None if temporary.is_oob else temporary.callback,
        response_type=frozenset(),
        scope=temporary.scope,
        prompt=frozenset({"consent"}) if temporary.is_oob else frozenset(),
    ).to_dict()


async def _continue(
    ctx: TenantContext,
    request: Request,
    browser: Browser,
    flow: Flow,
    temporary: TemporaryCredential,
) -> Response:
    """The next page, or the way back to the client when nothing is left to ask."""
    asked = await asked_of(ctx, flow)
    current = await signed_in(ctx, request)
    try:
        step = await next_step(ctx, flow, asked, current)
    except AccessDenied:
        if current is None or flow.user_id != current.user.user_id:
            raise
        await decide(ctx, asked, current, temporary, approved=False)
        record_refusal(request, UserRefused("the person denied the request", rule="denied"))
        return _denied(request, asked, temporary)
    if step is not None or current is None:
        return go(step or "/login", flow=flow.seal(ctx, browser))
    await decide(ctx, asked, current, temporary, approved=True)
    record_success(request, "verifier issued")
    verifier = temporary.verifier(ctx)
    if temporary.is_oob:
        return page(
            request, "interaction/verifier.html", client_name=asked.client.name, verifier=verifier
        )
    return _back(temporary, oauth_verifier=verifier)


def _denied(request: Request, asked: Asked, temporary: TemporaryCredential) -> Response:
    if temporary.is_oob:
        return page(request, "interaction/denied.html", client_name=asked.client.name)
    return _back(temporary, oauth_problem=UserRefused.code)


def _back(temporary: TemporaryCredential, **answer: str) -> Response:
    """To the callback, whose own query is kept (RFC 5849 §2.2)."""
    target = append_params(temporary.callback, {"oauth_token": temporary.text, **answer})
    return RedirectResponse(target, 302, {"Cache-Control": "no-store", "Pragma": "no-cache"})
