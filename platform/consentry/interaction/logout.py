"""Sign-out: GET asks, only POST ends (OIDC RP-Initiated Logout §2)."""

from starlette.requests import Request
from starlette.responses import Response

from consentry.interaction.answers import (
    go,
    guarded_page,
    home_of,
    onward,
    page,
    read_page_form,
)
from consentry.interaction.browser import Browser, forget_login, signed_in
from consentry.interaction.flow import Flow
from consentry.operations.sign_in import sign_out
from consentry.spec.redirect_uri import append_params
from consentry.tenancy.context import TenantContext
from consentry.web.acting import acting_person
from consentry.web.csrf import check_csrf, csrf_token
from consentry.web.pages import action_source

PATH = "/logout"


@guarded_page
async def show(request: Request) -> Response:
    """The question; without a login there is nothing to ask."""
    ctx, browser = TenantContext.of(request), Browser(request)
    text = request.query_params.get("flow")
    flow = Flow.open(ctx, browser, text, "logout") if text else None
    current = await signed_in(ctx, request)
    if current is None:
        response = _after(request, flow)
        forget_login(request, response)
        return response
    return_to = flow.asked.get("return_to") if flow else None
    response = page(
        request,
        "interaction/logout.html",
        form_action=[action_source(return_to)] if return_to else [],
        action=PATH,
        flow=text,
        csrf_token=csrf_token(ctx, browser.bound_to(current.user.user_id), PATH),
        client_name=flow.asked.get("client_name") if flow else None,
    )
    return browser.remember(response)


@guarded_page
async def submit(request: Request) -> Response:
    """End the login on the server, then return to the registered address if one was given."""
    ctx, browser = TenantContext.of(request), Browser(request)
    form = await read_page_form(request)
    text = form.get("flow")
    flow = Flow.open(ctx, browser, text, "logout") if text else None
    current = await signed_in(ctx, request)
    if current is not None:
        binding = browser.bound_to(current.user.user_id)
        check_csrf(ctx, request, binding, PATH, form.get("csrf_token"))
        if form.get("decision") == "stay":
            return go(home_of(ctx))
        await sign_out(acting_person(request, ctx, current.user), current)
    response = _after(request, flow)
    forget_login(request, response)
    return response


def _after(request: Request, flow: Flow | None) -> Response:
    return_to = flow.asked.get("return_to") if flow else None
    if return_to:
        state = flow.asked.get("state") if flow else None
        target = append_params(return_to, {"state": state}) if state else str(return_to)
        return onward(request, target, return_to=return_to)
    name = flow.asked.get("client_name") if flow else None
    return page(request, "interaction/signed_out.html", client_name=name)
