"""What the three endpoints check of a request, in order (RFC 5849 §2)."""

import time
from typing import Any, ClassVar, Final

from starlette.requests import Request

from consentry.resource.oauth1 import settled
from consentry.spec.oauth1.errors import (
    ConsumerKeyUnknown,
    OAuth1Error,
    ParameterAbsent,
    ParameterRejected,
    TokenRejected,
    TokenUsed,
    VerifierInvalid,
)
from consentry.spec.redirect_uri import matches, split

from .caches import Cache, Clock, MemoryCache
from .errors import MethodNotAllowed
from .marks import Marks
from .request import OAuth1Request
from .settings import Settings
from .signing_server import SigningServer

OOB: Final = "oob"


class RequestChecks(SigningServer):
    """The checks of an OAuth 1 provider; what it keeps, and where, a subclass says."""

    TEMPORARY_CREDENTIALS_METHOD: ClassVar[str] = "POST"
    TOKEN_CREDENTIALS_METHOD: ClassVar[str] = "POST"  # noqa: S105

    def __init__(
        self, settings: Settings, cache: Cache | None = None, clock: Clock = time.time
    ) -> None:
        super().__init__(settings, clock)
        self.cache = MemoryCache(clock) if cache is None else cache
        self.marks = Marks(self.cache, settings.verifier_attempts)

    async def create_temporary_credential(self, request: OAuth1Request) -> Any:
        """Make, keep and return a temporary credential for `request.client_id`."""
        raise NotImplementedError("create_temporary_credential")

    async def get_temporary_credential(self, request: OAuth1Request) -> Any:
        """The temporary credential named by `request.token`; None when absent or over."""
        raise NotImplementedError("get_temporary_credential")

    async def delete_temporary_credential(self, request: OAuth1Request) -> None:
        """Forget the temporary credential named by `request.token`."""
        raise NotImplementedError("delete_temporary_credential")

    async def create_authorization_verifier(self, request: OAuth1Request) -> str:
        """Keep who approved (`request.user`) and a verifier with `request.credential`.

        Returns the verifier (`new_verifier` makes one).
        """
        raise NotImplementedError("create_authorization_verifier")

    async def create_token_credential(self, request: OAuth1Request) -> Any:
        """Make, keep and return the token credential that `request.credential` is traded for."""
        raise NotImplementedError("create_token_credential")

    def check_callback(self, client: Any, callback: str) -> bool:
        """Whether the client may ask for this callback: a registered URI, or `oob`.

        `oob` goes with a client that lists it, lists nothing, or knows only a default URI.
        """
        listed = getattr(client, "get_redirect_uris", lambda: None)()
        if callback == OOB:
            return not listed or OOB in listed
        known = [client.get_default_redirect_uri()] if listed is None else listed
        return matches([uri for uri in known if uri], callback)

    async def validate_temporary_credentials_request(self, request: OAuth1Request) -> OAuth1Request:
        """Check method, parameters, callback, client, signature, time and nonce (§2.1).

        Sets `request.client`. Raises OAuth1Error.
        """
        if request.method != self.TEMPORARY_CREDENTIALS_METHOD:
            raise MethodNotAllowed(self.TEMPORARY_CREDENTIALS_METHOD)
        request.signed.require("oauth_consumer_key", "oauth_callback")
        callback = request.redirect_uri or ""
        _check_form(callback)
        request.client = await self._client(request.client_id)
        await self._authenticate(request, _unknown_client(request))
        if not self.check_callback(request.client, callback):
            raise ParameterRejected(
                "oauth_callback is not registered", rule="oauth_callback", received=callback
            )
        return request

    async def check_authorization_request(self, request: Request | OAuth1Request) -> OAuth1Request:
        """What the page asks a person about: the request with `credential` and `client`.

        Raises OAuth1Error, for the page to show.
        """
        try:
            asked = await self.create_oauth1_request(request)
        except ParameterAbsent:
            raise ParameterAbsent("oauth_token") from None
        await settled(self.validate_authorization_request(asked))
        return asked

    async def validate_authorization_request(self, request: OAuth1Request) -> OAuth1Request:
        """Check the temporary credential somebody is sent with (RFC 5849 §2.2).

        Raises ParameterAbsent, TokenRejected, and TokenUsed for one decided before.
        """
        request.signed.require("oauth_token")
        token = request.token or ""
        credential = await settled(self.get_temporary_credential(request))
        client = credential and await self._client(credential.get_client_id())
        if not credential or client is None:
            raise TokenRejected("these temporary credentials are unknown or over")
        if await self.marks.is_decided(token) or await self.marks.is_spent(token):
            raise TokenUsed("these temporary credentials were used before")
        request.credential, request.client = credential, client
        return request

    async def validate_token_request(self, request: OAuth1Request) -> OAuth1Request:
        """Check parameters, client, credential, signature, time, nonce and verifier (§2.3).

        Sets `request.client` and `request.credential`. Raises OAuth1Error; foreign temporary
        credentials are as unknown ones.
        """
        if request.method != self.TOKEN_CREDENTIALS_METHOD:
            raise MethodNotAllowed(self.TOKEN_CREDENTIALS_METHOD)
        request.signed.require("oauth_consumer_key", "oauth_token", "oauth_verifier")
        request.client = await self._client(request.client_id)
        found = await settled(self.get_temporary_credential(request))
        if found and found.get_client_id() == request.client_id:
            request.credential = found
        await self._authenticate(request, _unknown_client(request) or _unknown_token(request))
        await self._check_verifier(request, request.token or "")
        return request

    async def _check_verifier(self, request: OAuth1Request, token: str) -> None:
        """Compare verifiers, a limited number of times (RFC 5849 §2.3, THREATS 6)."""
        place = await self.marks.attempt(token)
        if place is None or await self.marks.is_spent(token):
            raise TokenUsed("these temporary credentials were used before")
        sent = request.signed.verifier or ""
        if await settled(request.credential.check_verifier(sent)) is True:
            return await self.marks.forgive(token, place)
        if self.marks.is_last(place):
            await self.marks.spend(token)
            await settled(self.delete_temporary_credential(request))
        raise VerifierInvalid("not the verifier of these temporary credentials")


def _check_form(callback: str) -> None:
    """A callback is `oob` or an absolute URI (RFC 5849 §2.1)."""
    if callback == OOB:
        return
    try:
        split(callback)
    except ValueError as wrong:
        raise ParameterRejected(f"oauth_callback {wrong}", rule="oauth_callback") from None


def _unknown_client(request: OAuth1Request) -> OAuth1Error | None:
    return ConsumerKeyUnknown("no such client") if request.client is None else None


def _unknown_token(request: OAuth1Request) -> OAuth1Error | None:
    if request.credential is not None:
        return None
    return TokenRejected("these temporary credentials are unknown or over")
