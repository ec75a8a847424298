"""Sign-in: who is asking, username or e-mail, and password."""

from starlette.requests import Request
from starlette.responses import Response

from consentry.identity.password import check_password
from consentry.interaction.answers import (
    go,
    guarded_page,
    home_of,
    page,
    read_page_form,
    shown_user,
)
from consentry.interaction.browser import Browser, known_device, signed_in, start_login
from consentry.interaction.client_view import client_view, resume, return_sources
from consentry.interaction.flow import Flow
from consentry.operations.mail import can_mail
from consentry.spec.errors import AccessDenied
from consentry.tenancy.context import TenantContext
from consentry.tenancy.operators import is_operators
from consentry.web.acting import acting_stranger
from consentry.web.csrf import check_csrf, csrf_token
from consentry.web.refusals import record_refusal

PATH, SELECT_PATH = "/login", "/login/select"
WRONG = "Username or password is wrong."


async def _open(ctx: TenantContext, browser: Browser, text: str | None) -> Flow | None:
    return Flow.open(ctx, browser, text, "authorize") if text else None


@guarded_page
async def show(request: Request) -> Response:
    """The sign-in form."""
    ctx, browser = TenantContext.of(request), Browser(request)
    flow_text = request.query_params.get("flow")
    flow = await _open(ctx, browser, flow_text)
    username = str(flow.asked.get("login_hint") or "") if flow else ""
    return browser.remember(await _form(request, browser, flow, flow_text, username))


async def _form(
    request: Request,
    browser: Browser,
    flow: Flow | None,
    flow_text: str | None,
    username: str,
    error: str | None = None,
) -> Response:
    ctx = TenantContext.of(request)
    view = await client_view(ctx, flow)
    return page(
        request,
        "interaction/login.html",
        status=400 if error else 200,
        form_action=return_sources(flow),
        action=PATH,
        flow=flow_text,
        csrf_token=csrf_token(ctx, browser.mark, PATH),
        client_name=view["name"] if view else None,
        return_host=view["host"] if view else None,
        username=username,
        error=error,
        at_base=is_operators(ctx),
        can_reset=can_mail(ctx),
    )


@guarded_page
async def submit(request: Request) -> Response:
    """Check the password; a new session, then on with what was asked."""
    ctx, browser = TenantContext.of(request), Browser(request)
    form = await read_page_form(request)
    check_csrf(ctx, request, browser.mark, PATH, form.get("csrf_token"))
    flow_text = form.get("flow")
    flow = await _open(ctx, browser, flow_text)
    username = form.get("username") or ""
    user = await check_password(
        acting_stranger(request, ctx),
        username,
        form.get("password") or "",
        address=request.scope.get("consentry.address", ""),
        device=known_device(ctx, request),
    )
    if user is None:
        record_refusal(request, AccessDenied(rule="username and password"))
        return await _form(request, browser, flow, flow_text, username, WRONG)
    if flow is None:
        response = go(home_of(ctx))
    else:
        response = resume(request, browser, flow.with_account(user.user_id))
    await start_login(ctx, request, response, user)
    return response


@guarded_page
async def show_select(request: Request) -> Response:
    """Continue as the signed-in person, or as another (`prompt=select_account`)."""
    ctx, browser = TenantContext.of(request), Browser(request)
    text = request.query_params.get("flow")
    flow = Flow.open(ctx, browser, text, "authorize")
    current = await signed_in(ctx, request)
    if current is None:
        return go(PATH, flow=flow.seal(ctx, browser))
    view = await client_view(ctx, flow)
    return page(
        request,
        "interaction/select_account.html",
        form_action=return_sources(flow),
        action=SELECT_PATH,
        flow=text,
        csrf_token=csrf_token(ctx, browser.bound_to(current.user.user_id), SELECT_PATH),
        client_name=view["name"] if view else None,
        user=shown_user(current.user),
    )


@guarded_page
async def submit_select(request: Request) -> Response:
    """Go on as chosen."""
    ctx, browser = TenantContext.of(request), Browser(request)
    form = await read_page_form(request)
    flow = Flow.open(ctx, browser, form.get("flow"), "authorize")
    current = await signed_in(ctx, request)
    if current is None:
        return go(PATH, flow=flow.seal(ctx, browser))
    user_id = current.user.user_id
    check_csrf(ctx, request, browser.bound_to(user_id), SELECT_PATH, form.get("csrf_token"))
    if form.get("decision") != "continue":
        return go(PATH, flow=flow.seal(ctx, browser))
    return resume(request, browser, flow.with_account(user_id))
