"""Who a client is, and how one is registered."""

from collections.abc import Callable
from dataclasses import dataclass, field

from consentry.compat.provider.constants import CLIENT_TYPES, CONFIDENTIAL
from consentry.compat.provider.forms.base import OAuthForm
from consentry.compat.provider.forms.fields import check_redirect_uri
from consentry.compat.provider.models import Client, digest_of
from consentry.compat.provider.settings import ProviderSettings
from consentry.compat.provider.store import ProviderStore
from consentry.compat.provider.utils import SECRET, long_token, short_token
from consentry.spec.errors import InvalidClient, InvalidRequest
from consentry.spec.forms import Form
from consentry.spec.redirect_uri import check_link

_NOBODY = Client(client_id="", client_secret_digest=digest_of(""))


class ClientAuthForm(OAuthForm[Client]):
    """`client_id` and `client_secret` of a confidential client (RFC 6749 §2.3.1)."""

    def __init__(self, data: Form, *, store: ProviderStore) -> None:
        super().__init__(data)
        self.store = store

    async def clean(self) -> Client:
        """Raises InvalidClient; an unknown client costs what a wrong secret does."""
        client_id, secret = self.data.get("client_id"), self.data.get("client_secret")
        if client_id is None or secret is None:
            raise InvalidClient("client_id and client_secret are required")
        client = await self.store.get_client(client_id)
        fits = (client or _NOBODY).check_client_secret(secret)
        if client is None or client.is_public or not fits:
            raise InvalidClient("the client is unknown or its secret is wrong")
        return client


@dataclass(frozen=True, slots=True)
class NewClient:
    """A client to be, with its secret: shown this once, empty for a public client."""

    client: Client
    client_secret: str = field(repr=False)


class ClientForm(OAuthForm[NewClient]):
    """`name`, `url`, `redirect_uri` (several parted by spaces) and `client_type` (0 or 1)."""

    def __init__(self, data: Form, *, settings: ProviderSettings, user: str | None = None) -> None:
        super().__init__(data)
        self.settings, self.user = settings, user

    async def clean(self) -> NewClient:
        client_type = self._client_type()
        redirect_uri = self.data.require("redirect_uri")
        for uri in redirect_uri.split():
            _checked("redirect_uri", uri, lambda one: check_redirect_uri(one, self.settings))
        if url := self.data.get("url"):
            _checked("url", url, check_link)
        secret = long_token(SECRET) if client_type == CONFIDENTIAL else ""
        client = Client(
            client_id=short_token(),
            client_secret_digest=digest_of(secret) if secret else b"",
            client_type=client_type,
            redirect_uri=" ".join(redirect_uri.split()),
            user=self.user,
            name=self.data.require("name"),
            url=url or "",
        )
        return NewClient(client, secret)

    async def save(self, store: ProviderStore) -> NewClient:
        """Keep the client. Raises OAuthValidationError."""
        made = await self.validated()
        await store.add_client(made.client)
        return made

    def _client_type(self) -> int:
        given = self.data.require("client_type")
        for number, _ in CLIENT_TYPES:
            if given == str(number):
                return number
        raise InvalidRequest("client_type is 0 (confidential) or 1 (public)")


def _checked(name: str, uri: str, rule: Callable[[str], None]) -> None:
    try:
        rule(uri)
    except ValueError as reason:
        raise InvalidRequest(f"{name} {reason}") from None
