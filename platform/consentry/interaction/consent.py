"""Consent, scope by scope; remembered per user, client, scope and API."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from consentry.interaction.answers import go, guarded_page, page, read_page_form, shown_user
from consentry.interaction.browser import Browser, signed_in
from consentry.interaction.client_view import client_view, resume, return_sources
from consentry.interaction.flow import Flow, FlowLost
from consentry.interaction.login import PATH as LOGIN_PATH
from consentry.interaction.steps import Asked, consent_news, consent_resources
from consentry.operations.consents import give_consent
from consentry.spec.authorization_request import AuthorizationRequest
from consentry.spec.errors import InvalidRequest
from consentry.spec.oauth1.callback import OOB, callback_fits
from consentry.spec.redirect_uri import matches
from consentry.spec.scope import CLAIMS_BY_SCOPE, OFFLINE_ACCESS, Scope
from consentry.store.ports import SignedIn
from consentry.tenancy.context import TenantContext
from consentry.tenancy.own_scopes import OWN_SCOPES
from consentry.web.acting import acting_person
from consentry.web.csrf import check_csrf, csrf_token

PATH = "/consent"
STANDARD_TEXTS = {
    "openid": "Know who you are",
    "profile": "See your profile",
    "email": "See your e-mail address",
    "address": "See your postal address",
    "phone": "See your phone number",
    "offline_access": "Keep its access while you are away",
}


def scope_text(ctx: TenantContext, name: str) -> str:
    """What a scope-token lets an app do, in the tenant's words; empty where nobody said it."""
    return ctx.scopes.get(name) or STANDARD_TEXTS.get(name) or OWN_SCOPES.get(name, "")


async def asked_of(ctx: TenantContext, flow: Flow) -> Asked:
    """The request a flow carries, with its client as registered now. Raises FlowLost."""
    request = AuthorizationRequest.from_dict(flow.asked)
    client = await ctx.client(request.client_id)
    if client is None or client.disabled_at is not None:
        raise FlowLost("the client is gone")
    is_oauth1 = flow.oauth_token is not None
    uri, fits = request.redirect_uri or OOB, callback_fits if is_oauth1 else matches
    if not fits(client.metadata.redirect_uris, uri):
        raise FlowLost("the redirect_uri is registered no more")
    return Asked(request, client, (request.scope or Scope.of()) & client.scope)


@guarded_page
async def show(request: Request) -> Response:
    """Who asks, what for, what is new."""
    ctx, browser = TenantContext.of(request), Browser(request)
    flow = Flow.open(ctx, browser, request.query_params.get("flow"), "authorize")
    current = await signed_in(ctx, request)
    if current is None:
        return go(LOGIN_PATH, flow=flow.seal(ctx, browser))
    asked = await asked_of(ctx, flow)
    shown = flow.with_account(current.user.user_id)
    return page(
        request,
        "interaction/consent.html",
        form_action=return_sources(flow),
        action=PATH,
        flow=shown.seal(ctx, browser),
        csrf_token=csrf_token(ctx, browser.bound_to(current.user.user_id), PATH),
        client=await client_view(ctx, flow),
        user=shown_user(current.user),
        scopes=await _scopes(ctx, asked, current),
        resources=[
            {"identifier": one, "name": ctx.apis[one].name or one}
            for one in asked.request.resource
            if one in ctx.apis
        ],
        lifetime=_lifetime(flow, asked),
    )


def _lifetime(flow: Flow, asked: Asked) -> str:
    outlives = flow.oauth_token is not None or OFFLINE_ACCESS in asked.scope
    return "until you withdraw it" if outlives else "until you sign out"


async def _scopes(ctx: TenantContext, asked: Asked, current: SignedIn) -> list[dict[str, Any]]:
    new = {name for _, scope in await consent_news(ctx, asked, current) for name in scope}
    return [
        {
            "name": name,
            "description": scope_text(ctx, name),
            "is_new": name in new and len(new) < len(asked.shown),
            "claims": CLAIMS_BY_SCOPE.get(name, ()),
        }
        for name in asked.shown
    ]


@guarded_page
async def submit(request: Request) -> Response:
    """Keep the decision; it counts for the request shown, and for the person it was shown."""
    ctx, browser = TenantContext.of(request), Browser(request)
    form = await read_page_form(request)
    flow = Flow.open(ctx, browser, form.get("flow"), "authorize")
    current = await signed_in(ctx, request)
    if current is None:
        return go(LOGIN_PATH, flow=flow.seal(ctx, browser))
    user_id = current.user.user_id
    check_csrf(ctx, request, browser.bound_to(user_id), PATH, form.get("csrf_token"))
    if flow.user_id != user_id:
        raise FlowLost("somebody else signed in meanwhile")
    decision = form.get("decision")
    if decision == "switch":
        return go(LOGIN_PATH, flow=flow.seal(ctx, browser))
    if decision not in ("approve", "deny"):
        raise InvalidRequest("decision must be approve or deny", rule="decision")
    if decision == "approve":
        asked = await asked_of(ctx, flow)
        acting, resources = acting_person(request, ctx, current.user), consent_resources(ctx, asked)
        await give_consent(acting, user_id, asked.client.client_id, resources, asked.shown)
    return resume(request, browser, flow.decided(user_id, decision))
