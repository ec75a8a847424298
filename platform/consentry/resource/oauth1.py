"""Signed requests verified here, by hooks of the app's own (RFC 5849 §3.2)."""

import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, Final, Protocol

from starlette.requests import HTTPConnection

from consentry.spec.oauth1.errors import NonceUsed, SignatureInvalid, SignatureMethodRejected
from consentry.spec.oauth1.request import SignedRequest
from consentry.spec.oauth1.signatures import SignatureInput, SignatureMethods
from consentry.spec.oauth1.timestamp import check_timestamp
from consentry.spec.scope import Scope

from .asked import MAX_BODY_BYTES, Asked
from .need import Scopes
from .oauth1_nobody import rsa_public_key, secret
from .oauth1_scheme import OAuth1Scheme
from .protector import Held, Protector

PLAINTEXT: Final = "PLAINTEXT"


class OAuth1Client(Protocol):
    """What `query_client` finds.

    It may have `oauth1_signature_methods` besides, the names it may use. Without, one that has
    an RSA key uses the RSA methods alone: its secret is no second way in (RFC 5849 §4.1).
    """

    def get_client_secret(self) -> str | None: ...

    def get_rsa_public_key(self) -> str | None: ...


class OAuth1Token(Protocol):
    """What `query_token` finds: token credentials.

    They may have a `scope`, as text, or `get_scope()`; a route that asks for scopes lets no
    others in.
    """

    def get_oauth_token(self) -> str: ...

    def get_oauth_token_secret(self) -> str: ...


QueryClient = Callable[[str], Awaitable[OAuth1Client | None] | OAuth1Client | None]
QueryToken = Callable[[str, str], Awaitable[OAuth1Token | None] | OAuth1Token | None]
ExistsNonce = Callable[[str, str, str, str | None], bool | Awaitable[bool]]


@dataclass(frozen=True)
class OAuth1Access:
    """A request whose signature held, and whose it is."""

    request: SignedRequest
    client: Any
    credential: Any


class OAuth1Protector(Protector):
    """Takes requests signed with token credentials.

    query_client(client_id), query_token(client_id, oauth_token): the record, or None.
    exists_nonce(nonce, timestamp, client_id, oauth_token): keeps the nonce and says whether it
    was there, in one atomic step; asked only of a request whose signature held. Each may be
    async; a plain one must not block.
    signature_methods: with those of one's own registered. allowed_methods: those accepted; by
    default all but PLAINTEXT, which counts over https only. window: seconds that a timestamp
    may be off, either way; keep nonces for twice as long at least.
    """

    def __init__(
        self, query_client: QueryClient, query_token: QueryToken, exists_nonce: ExistsNonce, *,
        signature_methods: SignatureMethods | None = None,
        allowed_methods: Collection[str] | None = None, window: int = 300,
        realm: str | None = None, public_url: str | None = None,
        max_body_bytes: int = MAX_BODY_BYTES, clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        if window < 1:
            raise ValueError("window is a positive number of seconds")
        self.schemes = [OAuth1Scheme(self._held, realm, public_url, max_body_bytes)]
        self._query_client = query_client
        self._query_token = query_token
        self._exists_nonce = exists_nonce
        self._methods = signature_methods or SignatureMethods()
        self._allowed = None if allowed_methods is None else frozenset(allowed_methods)
        self._window = window
        self._clock = clock

    async def acquire_credential(
        self, request: HTTPConnection[Any], scopes: Scopes = None, *, realm: str | None = None
    ) -> Any:
        """The token credentials, as `query_token` found them. Raises Refused."""
        return await self.acquire(request, scopes, realm=realm)

    async def verify(self, request: SignedRequest) -> OAuth1Access:
        """Who signed a request. Raises OAuth1Error.

        An unknown client, an unknown token and a wrong signature cost the same and are
        answered alike (CWE-208). The nonce comes last: who cannot sign spends none.
        """
        request.require("oauth_consumer_key", "oauth_signature_method", "oauth_signature")
        request.require("oauth_token")
        self._check_method(request)
        check_timestamp(request, self._clock(), self._window)
        client = await settled(self._query_client(request.client_key))
        credential = await settled(self._query_token(request.client_key, request.token or ""))
        if client is not None:
            check_method_of(client, request.signature_method)
        fits = await self._fits(request, client, credential)
        if not fits or client is None or credential is None:
            raise SignatureInvalid("no known client and token made this signature")
        await self._spend_nonce(request)
        return OAuth1Access(request, client, credential)

    async def _held(self, request: SignedRequest, asked: Asked) -> Held:
        access = await self.verify(request)
        return Held(access.credential, scope_of(access.credential))

    def _check_method(self, request: SignedRequest) -> None:
        name = request.signature_method
        known = name in self._methods.names
        allowed = name != PLAINTEXT if self._allowed is None else name in self._allowed
        if not known or not allowed:
            raise SignatureMethodRejected(
                "not a signature method accepted here", received=name[:64]
            )
        if name == PLAINTEXT and not request.uri.startswith("https:"):
            raise SignatureMethodRejected("PLAINTEXT needs https", rule="RFC 5849 3.4.4")

    async def _fits(self, request: SignedRequest, client: Any, credential: Any) -> bool:
        known = client is not None and credential is not None
        given = SignatureInput(
            request,
            (client.get_client_secret() or "") if known else secret(),
            (credential.get_oauth_token_secret() or "") if known else secret(),
            (client.get_rsa_public_key() or "") if known else rsa_public_key(),
        )
        return is_true(
            await settled(self._methods.verify(request.signature_method, given)),
            f"signature method {request.signature_method}",
        )

    async def _spend_nonce(self, request: SignedRequest) -> None:
        if request.nonce is None:
            # Only PLAINTEXT comes so far without one (RFC 5849 §3.1): it shows the secrets, so
            # whoever could replay it could as well sign anew.
            return
        used = self._exists_nonce(
            request.nonce, request.timestamp or "", request.client_key, request.token
        )
        if is_true(await settled(used), "exists_nonce"):
            raise NonceUsed("the nonce was used before")


def scope_of(credential: Any) -> Scope | None:
    """The scope token credentials are known to have; None if they say nothing of it."""
    said = getattr(credential, "get_scope", None)
    scope = said() if callable(said) else getattr(credential, "scope", None)
    if scope is None or isinstance(scope, Scope):
        return scope
    return Scope.parse(str(scope))


async def settled(value: Any) -> Any:
    """What a hook found, whether it is async or not."""
    return await value if isawaitable(value) else value


def is_true(answer: object, who: str) -> bool:
    """The answer. Raises TypeError for anything but True or False, which would be a guess."""
    if not isinstance(answer, bool):
        raise TypeError(f"{who} must answer True or False")
    return answer


def check_method_of(client: Any, name: str) -> None:
    """Refuse a method that is not the client's (see `OAuth1Client`). Raises
    SignatureMethodRejected.
    """
    listed = getattr(client, "oauth1_signature_methods", None)
    if listed is not None:
        allowed = name in listed
    else:
        allowed = not client.get_rsa_public_key() or not name.startswith(("HMAC-", PLAINTEXT))
    if not allowed:
        raise SignatureMethodRejected("not a signature method of this client", received=name[:64])
