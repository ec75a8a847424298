"""First stage: the request is taken out of the address before any page is shown."""

from typing import ClassVar

from starlette.requests import Request
from starlette.responses import Response

from consentry.compat.provider.errors import OAuthError
from consentry.compat.provider.views.authorize import Authorize
from consentry.compat.provider.views.base import read_body
from consentry.compat.provider.views.stage import Stage
from consentry.spec.errors import OAuthError as SpecError
from consentry.spec.received import receive


class Capture(Stage):
    """Reads, proves and seals a request, then leads to an address that shows nothing of it.

    checks: the view whose `get_client` and `get_request_form` say what a good request is.
    """

    checks: ClassVar[type[Stage]] = Authorize

    def get_redirect_url(self, request: Request) -> str:
        """The page where a person decides."""
        return self.path(request, "authorize/confirm/")

    async def get(self, request: Request) -> Response:
        return await self.handle(request, request.scope["query_string"])

    async def post(self, request: Request) -> Response:
        try:
            body = await read_body(request)
        except (OAuthError, SpecError) as refusal:
            return await self.error_response(request, refusal.body(), status=refusal.status)
        return await self.handle(request, body)

    async def handle(self, request: Request, raw: bytes) -> Response:
        """Seal what was sent if it holds; else say so."""
        await self.clear_data(request)
        try:
            received = receive(raw)
            await self.cache_data(request, dict(received.form))
            # Sealed first: what is too long to travel has no way back to the client either.
            self.onward("")
        except SpecError as refusal:
            await self.clear_data(request)
            return await self.error_response(request, refusal.body())
        checks = self.checks(self.provider)
        try:
            await checks.proved_redirect(received.form)
            if received.fault is not None:
                raise received.fault
            await checks.proved_request(received.form)
        except (OAuthError, SpecError) as refusal:
            return await self.error_response(request, refusal.body())
        return self.go(self.onward(self.get_redirect_url(request)))
