"""What endpoints are made of."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from starlette.requests import Request

from ..errors import MethodNotAllowed
from ..models import ClientMixin
from ..request import OAuth2Request

if TYPE_CHECKING:
    from ..registry import Registry


@dataclass(kw_only=True)
class EndpointRequest:
    """A request an endpoint found good; derive from it to carry more to the answer."""

    request: OAuth2Request
    client: ClientMixin | None = None


class Endpoint(ABC):
    """One more address of the server: checks a request, then answers it.

    The two steps are apart so that a page can be shown between them.
    """

    ENDPOINT_NAME: ClassVar[str]
    _server: "Registry | None" = None

    def bind(self, server: "Registry") -> None:
        """Make it answer for this server."""
        self._server = server

    @property
    def server(self) -> "Registry":
        """The server it is registered on."""
        if self._server is None:
            raise RuntimeError(f"{type(self).__name__} is not registered on a server")
        return self._server

    async def create_endpoint_request(self, request: Request) -> OAuth2Request:
        """The parameters: of the query, or of a form body when there is no query."""
        return await OAuth2Request.of_browser(request)

    @abstractmethod
    async def validate_request(self, request: OAuth2Request) -> EndpointRequest:
        """Check a request. Raises OAuthError."""

    @abstractmethod
    async def create_response(self, validated: Any) -> Any:
        """A Response, or (status, body, headers), or None to leave it to the application."""

    async def __call__(self, request: OAuth2Request) -> Any:
        """Both steps at once."""
        return await self.create_response(await self.validate_request(request))


class TokenEndpoint(Endpoint):
    """An endpoint for clients that authenticate: POST, and its form body only."""

    SUPPORTED_TOKEN_TYPES: ClassVar[Sequence[str]] = ("access_token", "refresh_token")
    CLIENT_AUTH_METHODS: ClassVar[Sequence[str]] = ("client_secret_basic", "client_secret_post")

    async def create_endpoint_request(self, request: Request) -> OAuth2Request:
        """The parameters of the body. Raises MethodNotAllowed, InvalidRequest."""
        if request.method != "POST":
            raise MethodNotAllowed("POST")
        return await OAuth2Request.of_client(request)

    async def authenticate_endpoint_client(self, request: OAuth2Request) -> ClientMixin:
        """The client that proved itself by one of CLIENT_AUTH_METHODS. Raises InvalidClient."""
        return await self.server.authenticate_client(
            request, self.CLIENT_AUTH_METHODS, self.ENDPOINT_NAME
        )

    async def validate_request(self, request: OAuth2Request) -> EndpointRequest:
        """Raises InvalidClient."""
        client = await self.authenticate_endpoint_client(request)
        return EndpointRequest(request=request, client=client)

    def hint(self, request: OAuth2Request) -> str | None:
        """The token_type_hint, None for one we do not know: it is only a hint (RFC 7009 §2.1)."""
        hint = request.form.get("token_type_hint")
        return hint if hint in self.SUPPORTED_TOKEN_TYPES else None
