"""Sign-out: GET asks, only POST ends (OIDC RP-Initiated Logout §2)."""

from collections.abc import Sequence
from typing import Final

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
from consentry.records.session_client import SessionClient
from consentry.spec.redirect_uri import append_params, origin
from consentry.tenancy.context import TenantContext
from consentry.tokens.subject import sid_of
from consentry.web.acting import acting_person
from consentry.web.csrf import check_csrf, csrf_token
from consentry.web.pages import action_source

PATH = "/logout"
MOST_FRAMES: Final = 30


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
    current, frames = await signed_in(ctx, request), list[str]()
    if current is not None:
        binding = browser.bound_to(current.user.user_id)
        check_csrf(ctx, request, binding, PATH, form.get("csrf_token"))
        if form.get("decision") == "stay":
            return go(home_of(ctx))
        left = await sign_out(acting_person(request, ctx, current.user), current)
        frames = await _frames(ctx, left)
    response = _after(request, flow, frames)
    forget_login(request, response)
    return response


async def _frames(ctx: TenantContext, left: Sequence[SessionClient]) -> list[str]:
    """What to show in frames so that clients sign the person out (Front-Channel Logout §3).

    A client that needs to know the session is told both whose it is and which (§3).
    """
    found = []
    for one in left:
        client = await ctx.client(one.client_id)
        uri = client.metadata.frontchannel_logout_uri if client else None
        if client is None or uri is None or client.disabled_at is not None:
            continue
        if client.metadata.frontchannel_logout_session_required:
            sid = sid_of(ctx, client, one.session_id)
            uri = append_params(uri, {"iss": ctx.issuer, "sid": sid})
        found.append(uri)
    return found[:MOST_FRAMES]


def _after(request: Request, flow: Flow | None, frames: Sequence[str] = ()) -> Response:
    return_to = flow.asked.get("return_to") if flow else None
    target = str(return_to) if return_to else None
    if flow and target and (state := flow.asked.get("state")):
        target = append_params(target, {"state": state})
    if target and not frames:
        return onward(request, target, return_to=return_to)
    return page(
        request,
        "interaction/signed_out.html",
        frame_src=sorted({origin(one) for one in frames}),
        frames=frames,
        client_name=flow.asked.get("client_name") if flow else None,
        continue_url=target,
    )
