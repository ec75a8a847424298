"""A token's answers, ready for classes that have the usual attributes."""

import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, ClassVar

from .request import OAuth2Request
from .settings import DEFAULT_EXPIRES_IN, Clock, check_lifetime


class OAuth2TokenMixin:
    """An issued token, by both sets of names.

    Tokens are found by their SHA-256, so one of any length fits and none is stored. expires_in
    is in seconds; None takes POLICY_EXPIRES_IN. Zero, which some read as "for ever" and others
    as "at once", is refused.
    """

    clock: ClassVar[Clock] = time.time
    POLICY_EXPIRES_IN: ClassVar[int] = DEFAULT_EXPIRES_IN
    client_id: str
    user_id: Any = None
    token_type: str = "Bearer"  # noqa: S105
    access_token_digest: str
    refresh_token_digest: str | None = None
    scope: str = ""
    issued_at: int
    expires_in: int | None = None
    access_token_revoked_at: int = 0
    refresh_token_revoked_at: int = 0
    family_id: str | None = None

    def get_client_id(self) -> str:
        return self.client_id

    def get_scope(self) -> str:
        return self.scope

    def get_expires_in(self) -> int:
        """Raises ValueError for zero or less."""
        if self.expires_in is None:
            return self.POLICY_EXPIRES_IN
        return check_lifetime(self.expires_in)

    def get_expires_at(self) -> int:
        """Seconds since 1970. Raises ValueError for a lifetime of zero or less."""
        return self.issued_at + self.get_expires_in()

    def get_family_id(self) -> str | None:
        return self.family_id

    def check_client(self, client: Any) -> bool:
        return bool(self.client_id == client.get_client_id())

    def is_expired(self) -> bool:
        """Whether its time is over; a row with a lifetime of zero is over at once."""
        try:
            return self.get_expires_at() <= type(self).clock()
        except ValueError:
            return True

    def is_revoked(self) -> bool:
        return bool(self.access_token_revoked_at)

    def is_refresh_token_active(self) -> bool:
        return self.refresh_token_digest is not None and not self.refresh_token_revoked_at

    def get_user(self) -> Any:
        """Who stands behind it; override where more than the id is wanted."""
        return self.user_id

    def get_client(self) -> Any:
        """Whose it is; override where more than the id is wanted."""
        return self.client_id


def token_digest(token: str) -> str:
    """By what a token is found: its SHA-256, 64 hex digits."""
    return sha256(token.encode()).hexdigest()


def token_columns(token: Mapping[str, Any], request: OAuth2Request, now: float) -> dict[str, Any]:
    """What an OAuth2TokenMixin keeps of a token answer; now: seconds since 1970.

    Raises ValueError for a lifetime of zero or less.
    """
    refresh_token, expires_in = token.get("refresh_token"), token.get("expires_in")
    return {
        "client_id": request.proven_client().get_client_id(),
        "user_id": None if request.user is None else request.user.get_user_id(),
        "token_type": token["token_type"],
        "access_token_digest": token_digest(token["access_token"]),
        "refresh_token_digest": None if refresh_token is None else token_digest(refresh_token),
        # Left out of an answer, it is as was asked (RFC 6749 §5.1).
        "scope": token.get("scope", request.scope or ""),
        "issued_at": int(now),
        "expires_in": None if expires_in is None else check_lifetime(expires_in),
        "family_id": request.family_id,
    }
