"""Client authentication: one method a request, and only the registered one (RFC 6749 §2.3)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from consentry.crypto.secrets import matches
from consentry.spec.authorization_header import parse_basic, scheme_of
from consentry.spec.errors import InvalidClient, InvalidRequest

from .calls import holds, settle
from .models import ClientMixin
from .request import OAuth2Request

QueryClient = Callable[[str], Awaitable[ClientMixin | None] | ClientMixin | None]
"""The client of a client_id, None when there is none."""
AuthMethod = Callable[[QueryClient, OAuth2Request], Any]
"""A client that proved itself or None, plain or asynchronous."""
REFUSED: Final = "client authentication failed"
_NO_DIGEST: Final = bytes(32)


class ClientAuthentication:
    """The methods a server knows, by name."""

    def __init__(self, query_client: QueryClient) -> None:
        self._query_client = query_client
        self._methods: dict[str, AuthMethod] = {
            "client_secret_basic": client_secret_basic,
            "client_secret_post": client_secret_post,
            "none": none,
        }

    def register(self, method: str, func: AuthMethod) -> None:
        """Add a method, or replace one."""
        self._methods[method] = func

    async def authenticate(
        self, request: OAuth2Request, methods: Sequence[str], endpoint: str
    ) -> ClientMixin:
        """The client that proved itself by one of `methods`, in their order.

        Raises InvalidClient, and InvalidRequest for two methods at once (RFC 6749 §2.3).
        """
        _check_one(request)
        for method in methods:
            client = await settle(self._methods[method](self._query_client, request))
            if client is None:
                continue
            if await holds(client.check_endpoint_auth_method(method, endpoint)):
                request.client, request.auth_method = client, method
                return client  # type: ignore[no-any-return]
        raise InvalidClient(REFUSED, rule="client auth")


async def client_secret_basic(
    query_client: QueryClient, request: OAuth2Request
) -> ClientMixin | None:
    """By a Basic header (RFC 6749 §2.3.1)."""
    header = request.headers.get("authorization")
    if header is None or scheme_of(header) != "basic":
        return None
    client_id, secret = parse_basic(header)
    if request.form.get("client_id") not in (None, client_id):
        raise InvalidRequest("client_id differs from the one that authenticated", rule="client_id")
    return await _with_secret(query_client, client_id, secret)


async def client_secret_post(
    query_client: QueryClient, request: OAuth2Request
) -> ClientMixin | None:
    """By client_id and client_secret in the form body (RFC 6749 §2.3.1)."""
    client_id, secret = request.form.get("client_id"), request.form.get("client_secret")
    if client_id is None or secret is None:
        return None
    return await _with_secret(query_client, client_id, secret)


async def none(query_client: QueryClient, request: OAuth2Request) -> ClientMixin | None:
    """By its name alone, for clients registered so (RFC 6749 §3.2.1)."""
    client_id = request.form.get("client_id")
    if client_id is None or "client_secret" in request.form:
        return None
    if "authorization" in request.headers:
        return None
    return await settle(query_client(client_id))


async def _with_secret(
    query_client: QueryClient, client_id: str, secret: str
) -> ClientMixin | None:
    client: ClientMixin | None = await settle(query_client(client_id))
    if client is None:
        # An unknown client costs a comparison too.
        matches(secret, _NO_DIGEST)
        return None
    return client if await holds(client.check_client_secret(secret)) else None


def _check_one(request: OAuth2Request) -> None:
    headers = request.http.headers.getlist("authorization")
    if len(headers) > 1 or (headers and "client_secret" in request.form):
        raise InvalidRequest("more than one method of client authentication", rule="client auth")
