"""What Capture, Authorize and Redirect share: pages, and the proof of client and request."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from consentry.compat.provider.errors import OAuthValidationError
from consentry.compat.provider.forms.authorization import Asked, AuthorizationRequestForm
from consentry.compat.provider.models import Client
from consentry.compat.provider.views.base import Mixin
from consentry.spec.errors import OAuthError as SpecError
from consentry.spec.forms import Form

UNPROVED: Final = frozenset({"redirect_uri", "unauthorized_client", "expired_authorization"})
"""Errors that nobody is sent anywhere with (RFC 6749 §4.1.2.1)."""
EXPIRED: Final = {
    "error": "expired_authorization",
    "error_description": "the authorization has expired, or was begun in another browser",
}
_INSECURE: Final = {
    "error": "access_denied",
    "error_description": "a secure connection is required",
}
_EMPTY: Final[dict[str, object]] = {
    "client": None,
    "form": None,
    "oauth_data": {},
    "error": None,
    "next": None,
}
_POLICY: Final = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"


class Stage(Mixin):
    """One step that a browser comes by."""

    template_name = "provider/authorize.html"

    async def respond(self, request: Request) -> Response:
        """As `Mixin`; plain HTTP gets `access_denied` where TLS is enforced."""
        if not self.may_answer(request):
            return self.render(request, 400, error=_INSECURE, next="/")
        return await super().respond(request)

    def path(self, request: Request, stage: str) -> str:
        """The path of a stage of this mount; never an address out of the `Host` header."""
        return f"{request.scope.get('root_path', '')}/{stage}"

    def get_redirect_url(self, request: Request) -> str:
        """Which stage is next."""
        raise NotImplementedError

    def go(self, url: str) -> Response:
        """See Other (RFC 9700 §4.12): a form is not sent on."""
        return RedirectResponse(url, status_code=303)

    def render(
        self, request: Request, status: int = 200, *, form_action: str = "", **context: object
    ) -> Response:
        """The page. form_action: where its form may end besides here (CSP Level 3)."""
        page = self.provider.templates.get_template(self.template_name)
        policy = f"{_POLICY}; form-action 'self' {form_action}".rstrip()
        return HTMLResponse(
            page.render(**{**_EMPTY, **context}),
            status_code=status,
            headers={"Content-Security-Policy": policy},
        )

    async def error_response(
        self, request: Request, error: Mapping[str, str], *, status: int = 400
    ) -> Response:
        """The error, shown to the person.

        When client or redirect URI are not proved the flow ends and `/` is next. Otherwise the
        link on the page leads to the redirect stage, which tells the client.
        """
        if error["error"] in UNPROVED or await self.get_data(request) is None:
            await self.clear_data(request)
            return self.render(request, status, error=error, next="/")
        await self.cache_data(request, dict(error), "error")
        onward = self.onward(self.path(request, "redirect/"))
        return self.render(request, status, error=error, next=onward)

    async def get_client(self, client_id: str) -> Client | None:
        """The client of an id; None when there is none. Override to look elsewhere."""
        return await self.store.get_client(client_id)

    def get_request_form(self, client: Client, data: Form) -> AuthorizationRequestForm:
        """The rules a request is held against."""
        return AuthorizationRequestForm(data, client=client, settings=self.settings)

    async def proved_client(self, data: Form) -> Client:
        """The client that asks. Raises OAuthValidationError `unauthorized_client`."""
        client_id = data.get("client_id")
        client = await self.get_client(client_id) if client_id else None
        if client is None:
            raise OAuthValidationError(
                {"error": "unauthorized_client", "error_description": "the client is not known"}
            )
        return client

    async def proved_redirect(self, data: Form) -> str:
        """Where the client's answer may go. Raises OAuthValidationError."""
        client = await self.proved_client(data)
        try:
            return self.get_request_form(client, data).clean_redirect_uri()
        except SpecError as refusal:
            raise OAuthValidationError.of(refusal) from refusal

    async def proved_request(self, data: Form) -> tuple[Client, Asked]:
        """The client and what it asks. Raises OAuthError."""
        client = await self.proved_client(data)
        return client, await self.get_request_form(client, data).validated()


def form_of(data: object) -> Form | None:
    """Remembered parameters as a form; None if none are."""
    if not isinstance(data, dict):
        return None
    return Form({name: (value,) for name, value in data.items()})
