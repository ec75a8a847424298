"""How pages answer: errors as pages, redirects to our own paths."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consentry.interaction.flow import FlowLost
from consentry.records.user import User
from consentry.spec.errors import AccessDenied, InvalidRequest, OAuthError, TooManyRequests
from consentry.spec.forms import Form, parse_form
from consentry.store.ports import Unavailable
from consentry.telemetry import get_logger
from consentry.tenancy.context import TenantContext
from consentry.tenancy.operators import is_operators
from consentry.web.csrf import Forged
from consentry.web.pages import Brand, render
from consentry.web.refusals import record_refusal
from consentry.web.theme import theme_of

Handler = Callable[[Request], Awaitable[Response]]


def brand_of(ctx: TenantContext) -> Brand:
    """How the tenant's pages look."""
    return Brand(ctx.tenant.name, ctx.policy.accent)


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    form_action: Sequence[str] = (),
    frame_src: Sequence[str] = (),
    **context: Any,
) -> Response:
    """A page in the tenant's brand."""
    brand = brand_of(TenantContext.of(request))
    return render(
        template, request=request, brand=brand, status=status, form_action=form_action,
        frame_src=frame_src, theme=theme_of(request), **context,
    )  # fmt: skip


def error_page(
    request: Request, title: str, message: str, *, status: int = 400, code: str | None = None
) -> Response:
    """What went wrong in one sentence, with the request's id. Never a redirect."""
    error_id = request.scope["consentry.request_id"]
    return page(
        request, "interaction/error.html", status=status, title=title, message=message,
        error_id=error_id, code=code,
    )  # fmt: skip


def home_of(ctx: TenantContext) -> str:
    """Where people land who came for nothing else."""
    return "/admin" if is_operators(ctx) else "/account"


def go(path: str, **query: str) -> Response:
    """303 to one of our own paths (RFC 9110 §15.4.4)."""
    target = f"{path}?{urlencode(query)}" if query else path
    return RedirectResponse(target, status_code=303)


def onward(request: Request, target: str, *, return_to: str | None) -> Response:
    """Where a submitted form leads: `target`, on the way to the client's `return_to`.

    Chromium holds our `form-action` against every redirect of a submission, those that
    the client's own pages make included (CSP Level 3 §6.4.1). So a browser is answered
    with a page that moves on by itself: what follows is no submission any more. An app
    with a scheme of its own opens only while the click still counts, and is redirected to.
    """
    is_browser = request.headers.get("sec-fetch-mode") == "navigate"
    if is_browser and (return_to or "").startswith(("https:", "http:")):
        return page(request, "interaction/continue.html", target=target)
    return RedirectResponse(target, status_code=303)


def guarded_page(handler: Handler) -> Handler:
    """The handler with its refusals shown as pages."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except Forged as error:
            record_refusal(request, AccessDenied(rule=f"CSRF: {error}"))
            return error_page(
                request, "This form has expired",
                "It did not come from this browser's own page. Go back and try again.",
                status=403,
            )  # fmt: skip
        except FlowLost as error:
            record_refusal(request, InvalidRequest(rule=f"flow: {error}"))
            return error_page(
                request, "This page has expired",
                "Go back to the app you came from and start again.",
            )  # fmt: skip
        except OAuthError as error:
            record_refusal(request, error)
            response = error_page(
                request, "That did not work", error.description or error.code,
                status=error.status, code=error.code,
            )  # fmt: skip
            if isinstance(error, TooManyRequests):
                response.headers["Retry-After"] = str(error.retry_after)
            elif error.status == 503:
                response.headers["Retry-After"] = "1"
            return response
        except Unavailable as error:
            get_logger().error("store_unavailable", reason=str(error))
            response = error_page(
                request, "Try again in a moment", "We cannot reach our database just now.",
                status=503,
            )  # fmt: skip
            response.headers["Retry-After"] = "1"
            return response

    return answer


async def read_page_form(request: Request) -> Form:
    """The fields of a page's form. Raises InvalidRequest."""
    return parse_form(await request.body())


def shown_user(user: User) -> dict[str, Any]:
    """A person as pages name them."""
    name = user.claims.get("name")
    return {
        "name": name if isinstance(name, str) else None,
        "username": user.username,
        "email": user.email,
    }
