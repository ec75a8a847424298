"""Ways a client can say who it is, tried in the order of a view's `authentication`."""

from typing import Protocol

from starlette.requests import Request

from consentry.compat.provider.forms.clients import ClientAuthForm
from consentry.compat.provider.models import Client
from consentry.compat.provider.store import ProviderStore
from consentry.spec.authorization_header import parse_basic, scheme_of
from consentry.spec.errors import InvalidRequest
from consentry.spec.forms import Form


class Backend(Protocol):
    """One way."""

    async def authenticate(
        self, request: Request, data: Form, store: ProviderStore
    ) -> Client | None:
        """The client; None if this way was not used. Raises OAuthError if used in vain."""
        ...


class BasicClientBackend:
    """HTTP Basic (RFC 6749 §2.3.1)."""

    async def authenticate(
        self, request: Request, data: Form, store: ProviderStore
    ) -> Client | None:
        header = request.headers.get("authorization", "")
        if scheme_of(header) != "basic":
            return None
        client_id, secret = parse_basic(header)
        pair = Form({"client_id": (client_id,), "client_secret": (secret,)})
        return await ClientAuthForm(pair, store=store).validated()


class RequestParamsClientBackend:
    """`client_id` and `client_secret` in the body (RFC 6749 §2.3.1)."""

    async def authenticate(
        self, request: Request, data: Form, store: ProviderStore
    ) -> Client | None:
        if "client_secret" not in data:
            return None
        return await ClientAuthForm(data, store=store).validated()


class PublicClientBackend:
    """`client_id` alone, of a public client (RFC 6749 §3.2.1); its code needs PKCE."""

    grant_types: tuple[str, ...] = ("authorization_code", "refresh_token")

    async def authenticate(
        self, request: Request, data: Form, store: ProviderStore
    ) -> Client | None:
        client_id = data.get("client_id")
        if client_id is None or data.get("grant_type") not in self.grant_types:
            return None
        client = await store.get_client(client_id)
        return client if client is not None and client.is_public else None


class PublicPasswordBackend(PublicClientBackend):
    """`client_id` alone, for the password grant of a public client."""

    grant_types = ("password",)


def check_one_method(request: Request, data: Form) -> None:
    """Raises InvalidRequest for more than one way in a request (RFC 6749 §2.3)."""
    headers = request.headers.getlist("authorization")
    if len(headers) > 1:
        raise InvalidRequest("more than one Authorization header")
    if not headers:
        return
    if "client_secret" in data:
        raise InvalidRequest("the client authenticates in two ways at once")
    if scheme_of(headers[0]) != "basic":
        return
    named = data.get("client_id")
    if named is not None and named != parse_basic(headers[0])[0]:
        raise InvalidRequest("client_id differs from the one that authenticates")
