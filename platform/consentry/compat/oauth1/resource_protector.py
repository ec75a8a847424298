"""Protectors of an app's resources: the rules and forms are `consentry.resource`'s."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, overload

from starlette.requests import HTTPConnection

from consentry.resource.asked import Asked
from consentry.resource.need import Need
from consentry.resource.oauth1 import OAuth1Protector
from consentry.resource.refused import Refused
from consentry.spec.errors import OAuthError
from consentry.spec.oauth1.errors import OAuth1Error
from consentry.spec.oauth1.request import SignedRequest
from consentry.spec.oauth1.signatures import SignatureMethods, Verify

from .caches import Clock
from .errors import error_members
from .request import OAuth1Request
from .settings import Settings

Function = Callable[..., Any]


@dataclass(frozen=True)
class Asking:
    """What is known of a request when an app is asked about it."""

    client_id: str
    token: str | None
    timestamp: str = ""


class SigningProtector(OAuth1Protector):
    """Guards routes by the signature of a token credential; a subclass knows the three answers.

    What is found is in `request.state.oauth1`, `request.state.oauth1_credential` and
    `current_credential`. A realm, where one is asked for, has to be in the header.
    """

    SUPPORTED_SIGNATURE_METHODS: ClassVar[Sequence[str]] = ("HMAC-SHA1",)
    EXPIRY_TIME: ClassVar[int] = 300

    def __init__(self, settings: Settings, clock: Clock = time.time) -> None:
        self._registry, self._now = SignatureMethods(), clock
        self.configure(settings)

    def configure(self, settings: Settings) -> None:
        """Take settings; what was registered stays."""
        given = settings.timestamp_window
        window = self.EXPIRY_TIME if given is None else given
        settings.check_window(window)
        super().__init__(
            lambda client_id: self.get_client_by_id(client_id),
            lambda client_id, token: self.get_token_credential(Asking(client_id, token)),
            lambda nonce, *found: self.exists_nonce(nonce, _asking(*found)),
            signature_methods=self._registry,
            allowed_methods=settings.signature_methods or self.SUPPORTED_SIGNATURE_METHODS,
            window=window,
            public_url=settings.public_url,
            clock=self._now,
        )
        self.settings = settings

    def register_signature_method(self, name: str, verify: Verify) -> None:
        """Teach this protector, and no other, a signature method (RFC 5849 §3.4)."""
        self._registry.register(name, verify)

    async def get_client_by_id(self, client_id: str) -> Any:
        """The app's client, None when unknown."""
        raise NotImplementedError("get_client_by_id")

    async def get_token_credential(self, request: Asking) -> Any:
        """The token credential of `request.client_id` and `request.token`, or None."""
        raise NotImplementedError("get_token_credential")

    async def exists_nonce(self, nonce: str, request: Asking) -> bool:
        """Whether the nonce was seen with this timestamp, client and token; now it is."""
        raise NotImplementedError("exists_nonce")

    @overload  # type: ignore[override]
    def __call__(self, realm: str | None = None) -> Callable[[Function], Function]: ...

    @overload
    def __call__(self, realm: Function) -> Function: ...

    def __call__(self, realm: str | Function | None = None) -> Any:
        """The decorator of an endpoint: bare, with parentheses, or with a realm in them."""
        if callable(realm):
            return super().__call__(realm)
        return super().__call__(realm=realm)

    async def acquire_credential(  # type: ignore[override]
        self, request: HTTPConnection[Any], realm: str | None = None
    ) -> Any:
        """The credential of a request, without a decorator. Raises Refused."""
        return await self.acquire(request, realm=realm)

    async def validate_request(
        self, method: str, uri: str, body: bytes, headers: Mapping[str, str]
    ) -> OAuth1Request:
        """The request behind these, with its `client` and `credential`. Raises OAuth1Error."""
        sent = {name.lower(): value for name, value in headers.items()}
        signed = SignedRequest.parse(
            method,
            uri,
            authorization=sent.get("authorization"),
            content_type=sent.get("content-type"),
            body=body,
        )
        access = await self.verify(signed)
        return OAuth1Request(access.request, access.client, access.credential)

    async def admit(self, asked: Asked, need: Need) -> Any:
        """The credential of a request that is let in. Raises Refused, in both vocabularies."""
        try:
            found = await super().admit(asked, need)
        except Refused as refused:
            if not isinstance(refused.error, OAuth1Error):
                raise
            raise Refused(_Retold(refused.error), refused.challenges) from None
        asked.connection.scope["state"]["oauth1_credential"] = found
        return found


class ResourceProtector(SigningProtector):
    """Guards routes over three hooks; each may be asynchronous.

    `query_client(client_id)`, `query_token(client_id, oauth_token)`,
    `exists_nonce(nonce, timestamp, client_id, oauth_token)`.
    """

    def __init__(
        self,
        app: Any = None,
        query_client: Function | None = None,
        query_token: Function | None = None,
        exists_nonce: Function | None = None,
        *,
        config: Mapping[str, Any] | None = None,
        clock: Clock = time.time,
    ) -> None:
        super().__init__(Settings.of(config or {}), clock)
        self.query_client, self.query_token = query_client, query_token
        self._asked_nonce = exists_nonce
        if app is not None:
            self.init_app(app, config=config)

    def init_app(
        self,
        app: Any,
        query_client: Function | None = None,
        query_token: Function | None = None,
        exists_nonce: Function | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        """Take settings from `config`, else from `app.state.config`, and hooks given late."""
        self.query_client = query_client or self.query_client
        self.query_token = query_token or self.query_token
        self._asked_nonce = exists_nonce or self._asked_nonce
        found = getattr(app.state, "config", None) if config is None else config
        if found is not None:
            self.configure(Settings.of(found))

    def get_client_by_id(self, client_id: str) -> Any:
        return _required("query_client", self.query_client)(client_id)

    def get_token_credential(self, request: Asking) -> Any:
        return _required("query_token", self.query_token)(request.client_id, request.token)

    def exists_nonce(self, nonce: str, request: Asking) -> Any:
        exists_nonce = _required("exists_nonce", self._asked_nonce)
        return exists_nonce(nonce, request.timestamp, request.client_id, request.token)


class _Retold(OAuthError):
    """A refusal whose body has the reference's `error`, and the `oauth_problem` beside it."""

    def __init__(self, told: OAuth1Error) -> None:
        super().__init__(told.description, detail=told.detail, rule=told.rule)
        self.told = told
        self.code, self.status = told.code, told.status  # type: ignore[misc]

    def body(self) -> dict[str, str]:
        return {**error_members(self.told), "oauth_problem": self.told.code}


def _asking(timestamp: str, client_id: str, token: str | None) -> Asking:
    return Asking(client_id, token, timestamp)


def _required(name: str, hook: Function | None) -> Function:
    if hook is None:
        raise RuntimeError(f'"{name}" function is required.')
    return hook
