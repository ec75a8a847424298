"""`/account`: who you are here, and which apps may act for you."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from consentry.interaction.answers import go, guarded_page, page, read_page_form, shown_user
from consentry.interaction.browser import Browser, signed_in
from consentry.records.consent import Consent
from consentry.store.ports import SignedIn
from consentry.tenancy.context import TenantContext
from consentry.web.csrf import check_csrf, csrf_token
from consentry.web.routing import Endpoint

APPS = "/account/apps"
WITHDRAW = "/account/apps/withdraw"


@guarded_page
async def show(request: Request) -> Response:
    """Profile and connected apps; without a login, the sign-in page."""
    ctx = TenantContext.of(request)
    current = await signed_in(ctx, request)
    if current is None:
        return go("/login")
    return page(
        request,
        "account/home.html",
        user=shown_user(current.user),
        apps=await _apps(ctx, current),
        csrf_token=csrf_token(ctx, Browser(request).bound_to(current.user.user_id), WITHDRAW),
    )


async def _apps(ctx: TenantContext, current: SignedIn) -> list[dict[str, Any]]:
    used: dict[str, Any] = {}
    for row in await ctx.store.authorizations.of_user(current.user.user_id, ctx.now()):
        used.setdefault(row.client_id, row.rotated_at or row.created_at)
    consents: dict[str, list[Consent]] = {}
    for consent in await ctx.store.consents.of_user(current.user.user_id):
        consents.setdefault(consent.client_id, []).append(consent)
    apps = []
    for client_id, given in consents.items():
        client = await ctx.client(client_id)
        names = dict.fromkeys(name for one in given for name in one.scope.split())
        apps.append(
            {
                "client_id": client_id,
                "name": client.name if client else client_id,
                "scopes": [{"name": n, "description": ctx.scopes.get(n, "")} for n in names],
                "since": min(one.created_at for one in given),
                "last_used": used.get(client_id),
            }
        )
    return apps


@guarded_page
async def withdraw(request: Request) -> Response:
    """Take back what one app was allowed; its tokens end now."""
    ctx = TenantContext.of(request)
    current = await signed_in(ctx, request)
    if current is None:
        return go("/login")
    form = await read_page_form(request)
    user_id = current.user.user_id
    binding = Browser(request).bound_to(user_id)
    check_csrf(ctx, request, binding, WITHDRAW, form.get("csrf_token"))
    await ctx.store.consents.withdraw(user_id, form.require("client_id"), ctx.now())
    return go("/account")


ENDPOINTS = {
    "/account": Endpoint("account", {"GET": show}),
    APPS: Endpoint("account", {"GET": show}),
    WITHDRAW: Endpoint("account", {"POST": withdraw}),
}
