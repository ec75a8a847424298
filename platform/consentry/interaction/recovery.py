"""What links in mails lead to: a new password, and the proof of an address.

Opening a link changes nothing: programs that look through mails open every one of them.
"""

from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response

from consentry.identity.password import network
from consentry.interaction.answers import (
    Handler,
    error_page,
    go,
    guarded_page,
    home_of,
    page,
    read_page_form,
)
from consentry.interaction.browser import Browser, start_login
from consentry.operations.errors import Refused
from consentry.operations.mail import (
    can_mail,
    forgot_password,
    person_of,
    prove_address,
    set_password_by,
)
from consentry.operations.mail_limits import count_asking
from consentry.tenancy.context import TenantContext
from consentry.web.acting import acting_stranger
from consentry.web.csrf import check_csrf, csrf_token
from consentry.web.routing import Endpoint

FORGOT, RESET, WELCOME, VERIFY = (
    "/login/forgot", "/login/reset", "/login/welcome", "/account/verify",
)  # fmt: skip
OF_AN_ADDRESS = 20


@guarded_page
async def ask(request: Request) -> Response:
    """Whose password it is."""
    if not can_mail(TenantContext.of(request)):
        return _nothing(request)
    browser = Browser(request)
    return browser.remember(_shown(request, browser, "interaction/forgot.html", FORGOT))


@guarded_page
async def forgot(request: Request) -> Response:
    """The same answer for everybody, also for nobody (OWASP ASVS 2.5.4). Raises TooManyRequests."""
    ctx, browser = TenantContext.of(request), Browser(request)
    if not can_mail(ctx):
        return _nothing(request)
    form = await read_page_form(request)
    check_csrf(ctx, request, browser.mark, FORGOT, form.get("csrf_token"))
    identifier = (form.get("username") or "").strip()
    await _count(ctx, request, identifier)
    await forgot_password(acting_stranger(request, ctx), identifier)
    return page(request, "interaction/mail_sent.html")


async def _count(ctx: TenantContext, request: Request, identifier: str) -> None:
    place = request.scope.get("consentry.address", "")
    await count_asking(ctx, f"address\0{network(place)}", times=OF_AN_ADDRESS)
    await count_asking(ctx, f"account\0{identifier.casefold()[:320]}")


def setting(purpose: Literal["reset", "welcome"], path: str) -> dict[str, Handler]:
    """The page that sets a password by a link, and its form."""

    def form_page(
        request: Request, browser: Browser, token: str, username: str, error: str | None = None
    ) -> Response:
        return _shown(
            request, browser, "interaction/new_password.html", path, status=400 if error else 200,
            token=token, username=username, is_first=purpose == "welcome", error=error,
        )  # fmt: skip

    @guarded_page
    async def show(request: Request) -> Response:
        browser, token = Browser(request), request.query_params.get("token", "")
        try:
            user = await person_of(TenantContext.of(request), purpose, token)
        except Refused as refusal:
            return _over(request, refusal)
        return browser.remember(form_page(request, browser, token, user.username))

    @guarded_page
    async def submit(request: Request) -> Response:
        ctx, browser = TenantContext.of(request), Browser(request)
        form = await read_page_form(request)
        check_csrf(ctx, request, browser.mark, path, form.get("csrf_token"))
        token, password = form.get("token") or "", form.get("password") or ""
        try:
            theirs = await person_of(ctx, purpose, token)
            user = await set_password_by(acting_stranger(request, ctx), purpose, token, password)
        except Refused as refusal:
            if refusal.key == "token":
                return _over(request, refusal)
            reason = f"The password {refusal.reason}."
            return form_page(request, browser, token, theirs.username, reason)
        response = go(home_of(ctx))
        await start_login(ctx, request, response, user)
        return response

    return {"GET": show, "POST": submit}


@guarded_page
async def ask_verify(request: Request) -> Response:
    """Whether this is the address."""
    browser, token = Browser(request), request.query_params.get("token", "")
    try:
        user = await person_of(TenantContext.of(request), "verify", token)
    except Refused as refusal:
        return _over(request, refusal)
    shown = _shown(
        request, browser, "interaction/verify_email.html", VERIFY, token=token, email=user.email
    )
    return browser.remember(shown)


@guarded_page
async def verify(request: Request) -> Response:
    """It is."""
    ctx, browser = TenantContext.of(request), Browser(request)
    form = await read_page_form(request)
    check_csrf(ctx, request, browser.mark, VERIFY, form.get("csrf_token"))
    try:
        user = await prove_address(acting_stranger(request, ctx), form.get("token") or "")
    except Refused as refusal:
        return _over(request, refusal)
    return page(request, "interaction/verified.html", email=user.email)


def _shown(
    request: Request, browser: Browser, template: str, path: str, *, status: int = 200,
    **context: Any,
) -> Response:  # fmt: skip
    token = csrf_token(TenantContext.of(request), browser.mark, path)
    return page(request, template, status=status, action=path, csrf_token=token, **context)


def _over(request: Request, refusal: Refused) -> Response:
    return error_page(request, "This link counts no more", refusal.reason)


def _nothing(request: Request) -> Response:
    return error_page(request, "Not found", "There is no such page here.", status=404)


ENDPOINTS = {
    FORGOT: Endpoint("recovery", {"GET": ask, "POST": forgot}),
    RESET: Endpoint("recovery", setting("reset", RESET)),
    WELCOME: Endpoint("recovery", setting("welcome", WELCOME)),
    VERIFY: Endpoint("recovery", {"GET": ask_verify, "POST": verify}),
}
OF_PASSWORDS = (FORGOT, RESET, WELCOME)
