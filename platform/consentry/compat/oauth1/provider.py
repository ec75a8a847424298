"""The three endpoints of OAuth 1 (RFC 5849 §2), over credentials of an app's own.

Temporary credentials and tokens are made by the app's functions; who wins, in which order is
checked and what is answered is decided here.
"""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from consentry.resource.oauth1 import settled
from consentry.spec.oauth1.errors import OAuth1Error, TokenUsed, UserRefused
from consentry.spec.redirect_uri import append_params

from .answers import error_answer, form_answer, redirect, refusal_page, verifier_page
from .errors import error_members
from .request import OAuth1Request
from .request_checks import OOB, RequestChecks
from .settings import random_text

_DIGITS: Final = "0123456789"


class Provider(RequestChecks):
    """An OAuth 1 server without a place to keep things: that is a subclass's."""

    def new_verifier(self, request: OAuth1Request) -> str:
        """36 letters and digits; for `oob` 8 digits, short enough to type (RFC 5849 §2.2)."""
        is_typed = request.credential.get_redirect_uri() == OOB
        return random_text(8, _DIGITS) if is_typed else random_text(36)

    async def create_temporary_credentials_response(self, request: Request) -> Response:
        """Answer the temporary credential endpoint (RFC 5849 §2.1)."""
        try:
            asked = await self.create_oauth1_request(request)
            await settled(self.validate_temporary_credentials_request(asked))
            made = await settled(self.create_temporary_credential(asked))
        except OAuth1Error as error:
            return self.handle_error_response(error)
        confirmed = ("oauth_callback_confirmed", "true")
        return form_answer([*_members(made), confirmed])

    async def create_authorization_response(
        self, request: Request | OAuth1Request, grant_user: Any = None
    ) -> Response:
        """Approve for `grant_user`, or refuse when it is None (RFC 5849 §2.2).

        Redirects to the callback, its own query kept; for `oob` the answer is a page. Raises
        OAuth1Error before anything is decided, for the page to show.
        """
        asked = await self.check_authorization_request(request)
        token = asked.token or ""
        if not await self.marks.decide(token):
            raise TokenUsed("these temporary credentials were used before")
        if grant_user is None:
            return await self._refuse(asked, token)
        asked.user = grant_user
        try:
            verifier = await settled(self.create_authorization_verifier(asked))
            if not isinstance(verifier, str) or not verifier:
                raise TypeError("create_authorization_verifier must return the verifier")
        except BaseException:
            await self.marks.undecide(token)
            raise
        return self._return(asked, {"oauth_token": token, "oauth_verifier": verifier})

    async def create_token_response(self, request: Request) -> Response:
        """Answer the token endpoint (RFC 5849 §2.3).

        A refused request leaves the temporary credential as it is, but for wrong verifiers:
        after the last allowed one it is void.
        """
        try:
            asked = await self.create_oauth1_request(request)
            await settled(self.validate_token_request(asked))
            made = await self._exchange(asked)
        except OAuth1Error as error:
            return self.handle_error_response(error)
        return form_answer(_members(made))

    def create_oob_response(self, request: OAuth1Request, verifier: str | None) -> Response:
        """The page at the end of an `oob` approval; a verifier of None means it was refused."""
        return refusal_page() if verifier is None else verifier_page(verifier)

    def handle_error_response(self, error: OAuth1Error) -> Response:
        """A refusal, form-encoded, with its status."""
        return error_answer(error, self.settings.realm)

    async def _refuse(self, asked: OAuth1Request, token: str) -> Response:
        await self.marks.spend(token)
        await settled(self.delete_temporary_credential(asked))
        refused = UserRefused("the resource owner refused")
        told = {"oauth_token": token, **error_members(refused), "oauth_problem": refused.code}
        return self._return(asked, told)

    def _return(self, asked: OAuth1Request, told: Mapping[str, str]) -> Response:
        given = asked.credential.get_redirect_uri()
        callback = given or asked.client.get_default_redirect_uri() or OOB
        if callback == OOB:
            return self.create_oob_response(asked, told.get("oauth_verifier"))
        return redirect(append_params(callback, told))

    async def _exchange(self, request: OAuth1Request) -> Any:
        """The token credential; of many exchanges at once one succeeds (RFC 5849 §2.3)."""
        token = request.token or ""
        if not await self.marks.spend(token):
            raise TokenUsed("these temporary credentials were used before")
        try:
            made = await settled(self.create_token_credential(request))
        except BaseException:
            await self.marks.unspend(token)
            raise
        await settled(self.delete_temporary_credential(request))
        return made


def _members(credential: Any) -> list[tuple[str, str]]:
    return [
        ("oauth_token", credential.get_oauth_token()),
        ("oauth_token_secret", credential.get_oauth_token_secret()),
    ]
