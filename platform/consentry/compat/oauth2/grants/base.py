"""What grants are made of: a request and its server, and the two endpoints they may answer."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from starlette.responses import Response

from consentry.spec.authorization_request import AuthorizationRequest
from consentry.spec.errors import UnauthorizedClient
from consentry.spec.response_types import normalize

from ..answers import NO_STORE
from ..calls import holds, settle
from ..hooks import Hookable
from ..models import ClientMixin
from ..proof import prove
from ..request import OAuth2Request

if TYPE_CHECKING:
    from ..server import AuthorizationServer

Extension = Callable[[Any], Any]
"""Called with each new grant; registers hooks on it."""
TokenAnswer = tuple[int, dict[str, Any], Mapping[str, str]]
"""Status, members, headers."""


class Grant(Hookable, ABC):
    """One request under one grant type."""

    GRANT_TYPE: ClassVar[str] = ""
    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar[Sequence[str]] = (
        "client_secret_basic",
        "client_secret_post",
    )
    """How its clients may authenticate; name `none` to let public clients in."""
    TOKEN_RESPONSE_HEADER: ClassVar[Mapping[str, str]] = NO_STORE

    def __init__(self, request: OAuth2Request, server: "AuthorizationServer") -> None:
        super().__init__()
        self.request, self.server = request, server
        self.prompt: str | None = None

    @classmethod
    def extended(cls, extensions: tuple[Extension, ...]) -> tuple[Extension, ...]:
        """The extensions of each request: as registered, and those it never goes without."""
        return extensions

    @classmethod
    def create(
        cls,
        request: OAuth2Request,
        server: "AuthorizationServer",
        extensions: Sequence[Extension] = (),
    ) -> Self:
        """A grant with its extensions in place."""
        grant = cls(request, server)
        for extend in extensions:
            extend(grant)
        return grant

    @property
    def client(self) -> ClientMixin:
        """Who asks, once proven."""
        return self.request.proven_client()

    async def generate_token(
        self,
        user: Any = None,
        scope: str | None = None,
        grant_type: str | None = None,
        expires_in: int | None = None,
        include_refresh_token: bool = True,
    ) -> dict[str, Any]:
        """The members of a token answer; a refresh token only for clients that may use one."""
        may_refresh = include_refresh_token and await holds(
            self.client.check_grant_type("refresh_token")
        )
        return await self.server.generate_token(
            grant_type=grant_type or self.GRANT_TYPE,
            client=self.client,
            user=user,
            scope=scope,
            expires_in=expires_in,
            include_refresh_token=may_refresh,
        )

    async def authenticate_token_endpoint_client(self) -> ClientMixin:
        """The client of a token request, which may use this grant.

        Raises InvalidClient, UnauthorizedClient.
        """
        client = await self.server.authenticate_client(
            self.request, self.TOKEN_ENDPOINT_AUTH_METHODS
        )
        await self.server.send_signal("after_authenticate_client", client=client, grant=self)
        await self.check_grant_type(client)
        return client

    async def check_grant_type(self, client: ClientMixin) -> None:
        """Raises UnauthorizedClient for a client that is not registered for this grant."""
        if not await holds(client.check_grant_type(self.GRANT_TYPE)):
            raise UnauthorizedClient(
                "this grant type is not registered for this client", rule="grant_types"
            )

    async def save_token(self, token: dict[str, Any]) -> None:
        """Store a token by the server's `save_token`."""
        await self.server.save_token(token, self.request)

    async def answer_token(self, token: dict[str, Any]) -> TokenAnswer:
        """Store a token and answer with it."""
        await settle(self.save_token(token))
        return 200, token, self.TOKEN_RESPONSE_HEADER


class BaseGrant(Grant):
    """What a grant of one's own derives from, together with one or both mixins."""


class TokenEndpointMixin(Grant):
    """A grant that trades something for a token (RFC 6749 §3.2)."""

    @classmethod
    def check_token_endpoint(cls, request: OAuth2Request) -> bool:
        """Whether a token request names this grant."""
        return request.payload.grant_type == cls.GRANT_TYPE

    @abstractmethod
    async def validate_token_request(self) -> Any:
        """Check all that can be checked without spending anything. Raises OAuthError."""

    @abstractmethod
    async def create_token_response(self) -> TokenAnswer:
        """Spend what was given, store the token, answer. Raises OAuthError."""


class AuthorizationEndpointMixin(Grant):
    """A grant that begins with a person's approval (RFC 6749 §3.1)."""

    RESPONSE_TYPES: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def check_authorization_endpoint(cls, request: OAuth2Request) -> bool:
        """Whether a request asks for one of this grant's response types, in whatever order."""
        types = normalize(request.payload.response_type or "")
        return any(types == normalize(text) for text in cls.RESPONSE_TYPES)

    async def validate_consent_request(self) -> str:
        """Check a request before a page is shown for it; gives the proven redirect_uri."""
        return await settle(self.validate_authorization_request())

    async def validate_authorization_request(self) -> str:
        """Check a request against what its client registered; gives the proven redirect_uri.

        Sets `request.asked` and `request.scope`. Raises OAuthError.
        """
        redirect_uri = await prove(self.server, self.request)
        text = self.request.payload.response_type or ""
        if not await holds(self.client.check_response_type(text)):
            raise UnauthorizedClient(
                "this response type is not registered for this client", rule="response_types"
            )
        await self.check_grant_type(self.client)
        self.request.asked = AuthorizationRequest.parse(self.request.form)
        self.request.scope = await self.server.allowed_scope(
            self.client, self.request.payload.scope
        )
        await self.execute_hook("after_validate_authorization_request_payload", redirect_uri)
        return redirect_uri

    @abstractmethod
    async def create_authorization_response(self, redirect_uri: str, grant_user: Any) -> Response:
        """Answer the client: approved by `grant_user`, denied when None. Raises OAuthError."""

    def consent_context(self) -> dict[str, Any]:
        """What a consent page shows: `grant`, `client`, `scope` (the allowed part), `user`."""
        return {
            "grant": self,
            "client": self.request.client,
            "scope": self.request.scope,
            "user": self.request.user,
        }
