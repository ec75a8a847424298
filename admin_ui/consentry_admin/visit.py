"""A signed-in person on a page of ours."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import Response

from consentry.identity.password import check_password
from consentry.interaction.answers import (
    Handler,
    brand_of,
    error_page,
    go,
    guarded_page,
    home_of,
    read_page_form,
    shown_user,
)
from consentry.interaction.browser import Browser, known_device, signed_in
from consentry.operations.errors import Forbidden, NotFound
from consentry.records.user import User
from consentry.spec.forms import Form
from consentry.store.ports import SignedIn
from consentry.tenancy.context import TenantContext
from consentry.web.acting import acting_person
from consentry.web.csrf import check_csrf, csrf_token
from consentry.web.pages import render
from consentry.web.theme import theme_of
from consentry_admin.listing import sent_path

THEME_PATH = "/theme"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a person. ctx: acting for them, so that what they do is theirs."""

    request: Request
    ctx: TenantContext
    browser: Browser
    current: SignedIn

    @property
    def user(self) -> User:
        """Who is signed in."""
        return self.current.user

    @property
    def path(self) -> str:
        """The address asked for. Forms are sent where they were shown."""
        return cast(str, self.request.scope["path"])

    @property
    def address(self) -> str:
        """The same as it was sent: what was percent-encoded still is."""
        return sent_path(self.request)

    def parameter(self, name: str) -> str:
        """What stood in the address at `{name}`."""
        return str(self.request.path_params[name])

    def token(self) -> str:
        """The CSRF token of a form of this page."""
        return csrf_token(self.ctx, self.browser.bound_to(self.user.user_id), self.path)

    async def form(self) -> Form:
        """The form that was sent. Raises Forged unless this page and person sent it."""
        form = await read_page_form(self.request)
        binding = self.browser.bound_to(self.user.user_id)
        check_csrf(self.ctx, self.request, binding, self.path, form.get("csrf_token"))
        return form

    async def has_password(self, password: str | None) -> bool:
        """Whether this is the person's password, counted like a sign-in. Raises TooManyRequests."""
        found = await check_password(
            self.ctx,
            self.user.username,
            password or "",
            address=self.request.scope.get("consentry.address", ""),
            device=known_device(self.ctx, self.request),
        )
        return found is not None and found.user_id == self.user.user_id

    def page(self, template: str, *, status: int = 200, **context: Any) -> Response:
        """A page in the shell: the rail beside it, and scripts that carry a nonce."""
        return render(
            template,
            request=self.request,
            brand=brand_of(self.ctx),
            status=status,
            theme=theme_of(self.request),
            nonce=secrets.token_urlsafe(16),
            me=shown_user(self.user),
            roles=self.user.roles.split(),
            here=self.address,
            home=home_of(self.ctx),
            done=self.request.query_params.get("done"),
            csrf_token=self.token(),
            theme_token=csrf_token(self.ctx, self.browser.mark, THEME_PATH),
            **context,
        )


def for_person(handler: Callable[[Visit], Awaitable[Response]]) -> Handler:
    """A page for whoever is signed in; others are asked to sign in."""

    @guarded_page
    async def answer(request: Request) -> Response:
        ctx, browser = TenantContext.of(request), Browser(request)
        current = await signed_in(ctx, request)
        if current is None:
            return go("/login")
        visit = Visit(request, acting_person(request, ctx, current.user), browser, current)
        try:
            response = await handler(visit)
        except NotFound:
            response = error_page(
                request, "Not found", "There is no such thing here, or it is gone by now.",
                status=404,
            )  # fmt: skip
        except Forbidden as error:
            response = error_page(
                request, "Not yours to do", f"{sentence(str(error))}.", status=403
            )
        return browser.remember(response)

    return answer


def sentence(text: str) -> str:
    """A text that begins with a capital."""
    return f"{text[:1].upper()}{text[1:]}"


def asked(visit: Visit, name: str, most: int = 200) -> str:
    """A text of the address, short and without what no database holds; empty if not given."""
    return visit.request.query_params.get(name, "").replace("\0", "")[:most].strip()
