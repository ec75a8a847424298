"""What a store keeps, by the field names of django-oauth2-provider's models.

A token's text (`token`, `code`) is there only while it is new; a store keeps `digest` in its
place, and what it gives back has none. `scope` is bits, times are aware, `user` is whatever
text names the person, `family` is common to a code and all it bought.
"""

from dataclasses import dataclass, field
from datetime import datetime

from consentry.compat.provider.constants import CONFIDENTIAL, PUBLIC
from consentry.compat.provider.scope import check
from consentry.crypto.secrets import digest as digest_of
from consentry.crypto.secrets import matches

__all__ = ["AccessToken", "Client", "Grant", "RefreshToken", "digest_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An application.

    redirect_uri: one or several, parted by spaces. client_secret_digest: SHA-256, empty for a
    public client. scope: bits it may ask for, None for all. access_token_lifetime: seconds,
    None for the usual. auto_authorize: people are not asked.
    """

    client_id: str
    redirect_uri: str = ""
    client_type: int = CONFIDENTIAL
    client_secret_digest: bytes = field(default=b"", repr=False)
    user: str | None = None
    name: str = ""
    url: str = ""
    scope: int | None = None
    access_token_lifetime: int | None = None
    auto_authorize: bool = False

    @property
    def is_public(self) -> bool:
        """Whether it cannot keep a secret (RFC 6749 §2.1)."""
        return self.client_type == PUBLIC

    @property
    def redirect_uris(self) -> tuple[str, ...]:
        """Where answers may go; a URI holds no space."""
        return tuple(self.redirect_uri.split())

    def may_ask(self, scope: int) -> bool:
        """Whether these bits are within what it may ever have."""
        return self.scope is None or scope == 0 or check(scope, self.scope)

    def check_client_secret(self, secret: str) -> bool:
        """Whether this is its secret, compared as hashes in constant time; no secret fits none."""
        return matches(secret, self.client_secret_digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """An authorization code.

    redirect_uri: as the authorization request named it, empty if it did not. spent: used.
    """

    digest: bytes
    user: str
    client_id: str
    expires: datetime
    redirect_uri: str = ""
    scope: int = 0
    code_challenge: str | None = None
    family: str = ""
    spent: bool = False
    code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """An access token.

    sealed: its text under the provider's key, only where one token is handed out again.
    refresh_token: text of the refresh token that was made with it, while new.
    """

    digest: bytes
    user: str
    client_id: str
    expires: datetime
    scope: int = 0
    family: str = ""
    sealed: bytes = field(default=b"", repr=False)
    token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)

    def get_expire_delta(self, now: datetime) -> int:
        """Whole seconds until it ends; 0 when it has ended, never less."""
        return max(0, int((self.expires - now).total_seconds()))


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """A refresh token. access_token: digest of the one made with it. expired: it was used."""

    digest: bytes
    user: str
    client_id: str
    access_token: bytes
    expires: datetime
    scope: int = 0
    family: str = ""
    expired: bool = False
    token: str = field(default="", repr=False)
