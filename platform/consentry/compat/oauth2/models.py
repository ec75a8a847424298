"""What an application's own models must be able to answer.

Protocols, so that a class of any library fits; deriving from one makes a type checker hold
the class to it. The mixins have the answers ready.
"""

from collections.abc import Awaitable
from typing import Any, Protocol

Answer = bool | Awaitable[bool]
"""What a check gives: yes or no, now or when awaited."""


class ClientMixin(Protocol):
    """A registered client (RFC 6749 §2)."""

    def get_client_id(self) -> str:
        """Its client_id."""

    def get_default_redirect_uri(self) -> str | None:
        """Where to answer when redirect_uri was omitted; None when it must not be."""

    def get_allowed_scope(self, scope: str) -> str | None:
        """The part of a scope it may have, space-delimited; None to refuse."""

    def check_redirect_uri(self, redirect_uri: str) -> Answer:
        """Whether this redirect URI is registered for it."""

    def check_client_secret(self, client_secret: str) -> Answer:
        """Whether this is a live secret of it; in constant time."""

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> Answer:
        """Whether it authenticates by this method at `token`, `revocation`, …"""

    def check_response_type(self, response_type: str) -> Answer:
        """Whether it may ask for this response type; its words come sorted."""

    def check_grant_type(self, grant_type: str) -> Answer:
        """Whether it may use this grant type."""


class AuthorizationCodeMixin(Protocol):
    """A code that waits to be redeemed (RFC 6749 §4.1.2)."""

    def check_client(self, client: Any) -> Answer:
        """Whether it was issued to this client."""

    def get_redirect_uri(self) -> str | None:
        """The redirect_uri of the authorization request; None or empty when omitted there."""

    def get_scope(self) -> str:
        """What was approved, space-delimited."""

    def is_expired(self) -> bool:
        """Whether its minute is over."""


class TokenMixin(Protocol):
    """An issued token, found by its access or its refresh token."""

    def check_client(self, client: Any) -> Answer:
        """Whether it was issued to this client."""

    def get_scope(self) -> str:
        """What it allows, space-delimited."""

    def get_expires_in(self) -> int:
        """Lifetime of the access token in seconds."""

    def is_expired(self) -> bool:
        """Whether the access token's time is over."""

    def is_revoked(self) -> bool:
        """Whether the access token was revoked."""

    def is_refresh_token_active(self) -> bool:
        """Whether the refresh token is neither spent, revoked nor expired."""

    def get_family_id(self) -> str | None:
        """What names all that one approval bought; None when it is not kept."""
