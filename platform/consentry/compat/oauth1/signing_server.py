"""Signature, timestamp and nonce of a request, over clients and nonces of an app's own."""

import time
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from starlette.requests import Request

from consentry.resource.oauth1 import check_method_of, is_true, settled
from consentry.resource.oauth1_nobody import rsa_public_key, secret
from consentry.spec.oauth1.errors import (
    InsecureTransport,
    NonceUsed,
    OAuth1Error,
    SignatureInvalid,
    SignatureMethodRejected,
)
from consentry.spec.oauth1.signatures import SignatureInput, SignatureMethods, Verify
from consentry.spec.oauth1.timestamp import check_timestamp

from .caches import Clock
from .request import OAuth1Request, read
from .settings import Settings

_CLIENT_METHODS: Final = ("get_default_redirect_uri", "get_client_secret", "get_rsa_public_key")


class SigningServer:
    """The checks a provider makes of every signed request; a subclass knows clients and nonces.

    Each method that asks an app (`get_client_by_id`, …) may be overridden with or without
    `async`. Class attributes are defaults that settings win over.
    """

    SUPPORTED_SIGNATURE_METHODS: ClassVar[Sequence[str]] = ("HMAC-SHA1",)
    EXPIRY_TIME: ClassVar[int] = 300

    def __init__(self, settings: Settings, clock: Clock = time.time) -> None:
        self.clock = clock
        self.configure(settings)
        self._methods = SignatureMethods()

    def configure(self, settings: Settings) -> None:
        """Take settings. Raises ValueError for nonces forgotten before their request is stale."""
        self.settings = settings
        settings.check_window(self.window)

    @property
    def window(self) -> int:
        """Seconds a timestamp may be off, either way (RFC 5849 §3.3)."""
        given = self.settings.timestamp_window
        return self.EXPIRY_TIME if given is None else given

    def register_signature_method(self, name: str, verify: Verify) -> None:
        """Teach this server, and no other, a signature method (RFC 5849 §3.4).

        verify: takes a SignatureInput and answers True or False, also asynchronously; any other
        answer is a TypeError. The method must be among the supported ones as well.
        """
        self._methods.register(name, verify)

    async def get_client_by_id(self, client_id: str) -> Any:
        """The app's client, None when unknown."""
        raise NotImplementedError("get_client_by_id")

    async def exists_nonce(self, nonce: str, request: OAuth1Request) -> bool:
        """Whether the nonce was seen with this timestamp, client and token; now it is."""
        raise NotImplementedError("exists_nonce")

    async def create_oauth1_request(self, request: Request | OAuth1Request) -> OAuth1Request:
        """The signed request behind a Starlette one. Raises OAuth1Error when malformed, and for
        plain http, where credentials must not travel (RFC 5849 §2.1, §2.3).
        """
        if isinstance(request, OAuth1Request):
            return request
        signed = await read(request, self.settings.public_url)
        self._check_transport(signed.uri)
        return OAuth1Request(signed)

    async def validate_oauth_signature(self, request: OAuth1Request) -> None:
        """Check the signature (RFC 5849 §3.2).

        Without `request.client` it is checked against decoys, at the same cost (THREATS 4).
        Raises ParameterAbsent, SignatureMethodRejected, SignatureInvalid.
        """
        request.signed.require("oauth_signature_method", "oauth_signature")
        name = request.signature_method
        allowed = self.settings.signature_methods or self.SUPPORTED_SIGNATURE_METHODS
        if name not in allowed or name not in self._methods.names:
            raise SignatureMethodRejected(
                "not a signature method of this server", received=name[:40]
            )
        if name == "PLAINTEXT":
            self._check_transport(request.uri)
        if request.client is not None:
            check_method_of(request.client, name)
        fits = await settled(self._methods.verify(name, _input(request)))
        if not is_true(fits, f"signature method {name}"):
            raise SignatureInvalid("the signature does not fit")

    async def validate_timestamp_and_nonce(self, request: OAuth1Request) -> None:
        """Check that the request is of now and the first of its kind (RFC 5849 §3.3).

        Called once the signature is known good: a forged request burns no nonce.
        Raises ParameterAbsent, TimestampRefused, NonceUsed.
        """
        check_timestamp(request.signed, self.clock(), self.window)
        nonce = request.signed.nonce
        if nonce is None:
            return
        seen = await settled(self.exists_nonce(nonce, request))
        if is_true(seen, "exists_nonce"):
            raise NonceUsed("this nonce was used before")

    async def _authenticate(self, request: OAuth1Request, absent: OAuth1Error | None) -> None:
        """Signature first, then time and nonce. `absent`: what to say instead of success."""
        try:
            await settled(self.validate_oauth_signature(request))
        except SignatureInvalid:
            if absent is not None:
                raise absent from None
            raise
        if absent is not None:
            raise absent
        await settled(self.validate_timestamp_and_nonce(request))

    async def _client(self, client_id: str) -> Any:
        """The client, which has the methods of ClientMixin. Raises TypeError where not."""
        client = await settled(self.get_client_by_id(client_id))
        if client is None:
            return None
        lacking = [name for name in _CLIENT_METHODS if not callable(getattr(client, name, None))]
        if lacking:
            raise TypeError(f"{type(client).__name__} has no {', '.join(lacking)}")
        return client

    def _check_transport(self, uri: str) -> None:
        if not (uri.startswith("https:") or self.settings.insecure_transport):
            raise InsecureTransport("https is required")


def _input(request: OAuth1Request) -> SignatureInput:
    known = request.client is not None
    return SignatureInput(
        request=request.signed,
        client_secret=request.client_secret if known else secret(),
        token_secret=request.token_secret if known else secret(),
        rsa_public_key=request.rsa_public_key if known else rsa_public_key(),
    )
