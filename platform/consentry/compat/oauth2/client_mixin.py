"""A client's answers, ready for classes that have the usual attributes."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from consentry.crypto.secrets import digest, matches
from consentry.spec.redirect_uri import check_registrable
from consentry.spec.redirect_uri import matches as redirect_uri_matches
from consentry.spec.response_types import normalize
from consentry.spec.scope import Scope

from .settings import Clock


class OAuth2ClientMixin:
    """A registered client.

    client_metadata: the names of RFC 7591 §2. client_secret_digests: SHA-256 in hex and, in
    seconds since 1970, the end of each (0 for none); several may be live at once.
    """

    clock: ClassVar[Clock] = time.time
    client_id: str
    client_metadata: Mapping[str, Any]
    client_secret_digests: Sequence[tuple[str, int]] | None = None

    def set_client_metadata(self, value: Mapping[str, Any]) -> None:
        """Keep metadata. Raises ValueError for a redirect URI no client may register."""
        for uri in value.get("redirect_uris", ()):
            try:
                check_registrable(uri)
            except ValueError as reason:
                raise ValueError(f"redirect_uris: {uri!a} {reason}") from None
        self.client_metadata = dict(value)

    def add_client_secret(self, secret: str, *, expires_at: int = 0) -> None:
        """Make one more secret live; only its digest is kept."""
        more = (digest(secret).hex(), expires_at)
        self.client_secret_digests = [*(self.client_secret_digests or ()), more]

    @property
    def redirect_uris(self) -> Sequence[str]:
        return self.client_metadata.get("redirect_uris") or ()

    @property
    def grant_types(self) -> Sequence[str]:
        return self.client_metadata.get("grant_types") or ()

    @property
    def response_types(self) -> Sequence[str]:
        return self.client_metadata.get("response_types") or ()

    @property
    def token_endpoint_auth_method(self) -> str:
        return self.client_metadata.get("token_endpoint_auth_method") or "client_secret_basic"

    @property
    def scope(self) -> str:
        return self.client_metadata.get("scope") or ""

    @property
    def client_name(self) -> str | None:
        return self.client_metadata.get("client_name")

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str | None:
        """The one that is registered; None when there are several (RFC 6749 §3.1.2.3)."""
        return self.redirect_uris[0] if len(self.redirect_uris) == 1 else None

    def get_allowed_scope(self, scope: str) -> str:
        """What it asked for and registered, in the order asked; empty for empty."""
        return str(Scope.parse(scope) & Scope.parse(self.scope))

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Equal to a registered one, but for the port of a loopback address (RFC 8252 §7.3)."""
        return redirect_uri_matches(self.redirect_uris, redirect_uri)

    def check_client_secret(self, client_secret: str) -> bool:
        now = type(self).clock()
        live = [
            bytes.fromhex(kept)
            for kept, expires_at in self.client_secret_digests or ()
            if expires_at == 0 or expires_at > now
        ]
        return any([matches(client_secret, each) for each in live])

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """The registered method, at every endpoint alike."""
        return method == self.token_endpoint_auth_method

    def check_response_type(self, response_type: str) -> bool:
        """One of those registered; the order of its words means nothing (RFC 6749 §3.1.1)."""
        asked = normalize(response_type)
        return any(asked == normalize(text) for text in self.response_types)

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.grant_types
