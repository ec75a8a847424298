"""Third stage: the client is answered, once."""

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from consentry.compat.provider.errors import OAuthValidationError
from consentry.compat.provider.flow import Flow
from consentry.compat.provider.views.authorize import Authorize
from consentry.compat.provider.views.stage import EXPIRED, Stage, form_of
from consentry.spec.forms import Form
from consentry.spec.redirect_uri import append_params

DENIED = {"error": "access_denied", "error_description": "the request was refused"}


class Redirect(Stage):
    """Sends the browser back to the client with a code or an error (RFC 6749 §4.1.2).

    checks: the view whose `get_client` and `get_request_form` prove where that is.
    """

    checks: type[Stage] = Authorize

    async def get(self, request: Request) -> Response:
        """The answer, added to the query the redirect URI has; the flow ends with it."""
        data, flow = form_of(await self.get_data(request)), self.flow
        if data is None or flow is None:
            return await self.error_response(request, EXPIRED)
        try:
            # Proved again: what is registered may have changed on the way.
            uri = await self.checks(self.provider).proved_redirect(data)
        except OAuthValidationError as refusal:
            return await self.error_response(request, refusal.body())
        if not await self.is_deciders(request):
            return await self.error_response(request, EXPIRED)
        answer = await self.answer(request, data)
        if not await self.spend(flow):
            return await self.error_response(request, EXPIRED)
        await self.clear_data(request)
        return self.go(append_params(uri, answer))

    async def is_deciders(self, request: Request) -> bool:
        """Whether who is signed in now is who decided; errors belong to nobody."""
        decided_by = await self.get_data(request, "user")
        return decided_by is None or await self.provider.get_user(request) == decided_by

    async def answer(self, request: Request, data: Form) -> dict[str, str]:
        """The parameters: error, denial or code, with `state` and `iss` (RFC 9207 §2)."""
        error: Any = await self.get_data(request, "error")
        code: Any = await self.get_data(request, "code")
        answer = dict(error or (DENIED if code is None else {"code": code}))
        if state := data.get("state"):
            answer["state"] = state
        if self.settings.issuer is not None:
            answer["iss"] = self.settings.issuer
        return answer

    async def spend(self, flow: Flow) -> bool:
        """True the first time."""
        until = datetime.fromtimestamp(flow.until, UTC)
        return await self.store.spend_once(f"answer:{flow.id}", until)
