"""The end session endpoint (OIDC RP-Initiated Logout §2)."""

from starlette.requests import Request
from starlette.responses import Response

from consentry.interaction.answers import error_page, go, guarded_page
from consentry.interaction.browser import Browser
from consentry.interaction.flow import Flow
from consentry.interaction.logout import PATH
from consentry.interaction.steps import hinted
from consentry.oauth2.answers import read_form
from consentry.records.client import Client
from consentry.spec.errors import InvalidRequest, OAuthError
from consentry.spec.forms import Form, parse_query
from consentry.tenancy.context import TenantContext
from consentry.web.refusals import record_refusal


@guarded_page
async def end_session(request: Request) -> Response:
    """Check who asks and where to return, then ask the person.

    An unregistered return address is a page (§3), never a redirect.
    """
    ctx, browser = TenantContext.of(request), Browser(request)
    try:
        if request.method == "POST":
            form = await read_form(request)
        else:
            form = parse_query(request.scope["query_string"])
        flow = await _begin(ctx, form)
        if not flow.fits(ctx, browser):
            raise InvalidRequest("the request is too long", rule="length of the request")
    except OAuthError as error:
        record_refusal(request, error)
        return error_page(
            request, "This request cannot be trusted", error.description, code=error.code
        )
    text = flow.seal(ctx, browser)
    return browser.remember(go(PATH, flow=text))


async def _begin(ctx: TenantContext, form: Form) -> Flow:
    """The question to ask. Raises InvalidRequest for an unknown client or return address."""
    client = await _asking(ctx, form)
    asked = {
        "client_name": client.name if client else None,
        "return_to": _return_to(client, form),
        "state": form.get("state"),
    }
    return Flow("logout", asked, ctx.now())


async def _asking(ctx: TenantContext, form: Form) -> Client | None:
    """The client that `id_token_hint` or `client_id` names; both must agree (§2)."""
    client_id, hint = form.get("client_id"), form.get("id_token_hint")
    if hint is not None:
        audience = (await hinted(ctx, hint))["aud"]
        if client_id is not None and client_id != audience:
            raise InvalidRequest("client_id differs from id_token_hint", rule="client_id")
        client_id = str(audience)
    if client_id is None:
        return None
    client = await ctx.client(client_id)
    if client is None:
        raise InvalidRequest("The app that sent you is not known here.", rule="client_id")
    return client


def _return_to(client: Client | None, form: Form) -> str | None:
    asked = form.get("post_logout_redirect_uri")
    if asked is None:
        return None
    registered = client.metadata.post_logout_redirect_uris if client else ()
    if asked not in registered:
        raise InvalidRequest(
            "The app asked to return to an address that is not registered for it.",
            rule="post_logout_redirect_uri must equal a registered one",
            received=asked,
            registered=" ".join(registered),
        )
    return asked
