"""The answers of `models`, ready for classes that have the usual attributes."""

import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, ClassVar

from consentry.crypto.secrets import digest, matches
from consentry.spec.redirect_uri import check_registrable
from consentry.spec.redirect_uri import matches as redirect_uri_matches
from consentry.spec.response_types import normalize
from consentry.spec.scope import Scope

from .request import OAuth2Request
from .settings import DEFAULT_EXPIRES_IN, check_lifetime

Clock = Callable[[], float]


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


class OAuth2AuthorizationCodeMixin:
    """A code that waits to be redeemed. LIFETIME: seconds; auth_time: seconds since 1970."""

    clock: ClassVar[Clock] = time.time
    LIFETIME: ClassVar[int] = 60
    client_id: str
    redirect_uri: str | None = None
    scope: str = ""
    nonce: str | None = None
    auth_time: int
    issued_at: int
    acr: str | None = None
    amr: str | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None

    def check_client(self, client: Any) -> bool:
        return bool(self.client_id == client.get_client_id())

    def is_expired(self) -> bool:
        return self.issued_at + self.LIFETIME <= type(self).clock()

    def get_redirect_uri(self) -> str | None:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.auth_time

    def get_acr(self) -> str | None:
        return self.acr

    def get_amr(self) -> list[str]:
        return self.amr.split() if self.amr else []


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


class DeviceCredentialMixin:
    """What a device waits with. expires_at: seconds since 1970."""

    clock: ClassVar[Clock] = time.time
    client_id: str
    scope: str = ""
    user_code: str
    nonce: str | None = None
    auth_time: int | None = None
    expires_at: float

    def get_client_id(self) -> str:
        return self.client_id

    def get_scope(self) -> str:
        return self.scope

    def get_user_code(self) -> str:
        return self.user_code

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int | None:
        return self.auth_time

    def is_expired(self) -> bool:
        return self.expires_at <= type(self).clock()
