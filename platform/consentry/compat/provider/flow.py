"""What one tab is in the middle of: sealed, in the address, bound to its browser.

Nothing about it is kept until a person has decided, and several tabs do not know one another.
The browser holds one random mark, and nothing that is worth reading.
"""

import hmac
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from consentry.crypto import base64url
from consentry.crypto.derive import subkey
from consentry.crypto.seal import Sealer, Unsealable
from consentry.spec.errors import InvalidRequest

KEY_BYTES: Final = 32
LONGEST: Final = 12_288
_MARK_CHARACTERS: Final = 22


@dataclass(slots=True)
class Flow:
    """One pass through the stages. until: seconds since the epoch. data: JSON by key."""

    id: str
    until: int
    data: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def begin(cls, until: datetime) -> "Flow":
        """A new one that ends then."""
        return cls(secrets.token_urlsafe(16), int(until.timestamp()))


class FlowSeal:
    """Seals flows for browsers under keys of their own. key: at least 32 random bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES:
            raise ValueError(f"secret_key has at least {KEY_BYTES} bytes")
        self._sealer = Sealer(subkey(key, "consentry/compat.provider/flow"))
        self._csrf = subkey(key, "consentry/compat.provider/csrf")
        self.tokens = Sealer(subkey(key, "consentry/compat.provider/token"))

    def seal(self, flow: Flow, mark: str) -> str:
        """The flow as text for this browser. Raises InvalidRequest when it is too long."""
        plain = json.dumps([flow.id, flow.until, flow.data]).encode()
        text = base64url.encode(self._sealer.seal(plain, context=mark.encode()))
        if len(text) > LONGEST:
            raise InvalidRequest("the request is too long", rule="request length")
        return text

    def open(self, text: str | None, mark: str, now: datetime) -> Flow | None:
        """The flow behind a text; None if it ended, is another browser's or was never ours."""
        if not text or len(text) > LONGEST:
            return None
        try:
            sealed = base64url.decode(text)
            members = json.loads(self._sealer.unseal(sealed, context=mark.encode()))
        except (Unsealable, ValueError):
            return None
        flow = Flow(*members)
        return flow if now.timestamp() < flow.until else None

    def csrf_token(self, flow: Flow, mark: str, user: str) -> str:
        """Of the form shown to one person, in one tab of one browser."""
        message = json.dumps([mark, flow.id, user]).encode()
        return base64url.encode(hmac.digest(self._csrf, message, "sha256"))

    def check_csrf(self, flow: Flow, mark: str, user: str, token: str) -> bool:
        """Whether the form is the one that was shown, compared in constant time."""
        return hmac.compare_digest(self.csrf_token(flow, mark, user).encode(), token.encode())


def read_mark(request: Request, name: str, *, is_secure: bool) -> str | None:
    """The browser's mark, if it was sent exactly once and may be one of ours."""
    wanted = _cookie_name(name, is_secure)
    found = [
        value.strip()
        for header in request.headers.getlist("cookie")
        for key, _, value in (pair.partition("=") for pair in header.split(";"))
        if key.strip() == wanted
    ]
    return found[0] if len(found) == 1 and len(found[0]) == _MARK_CHARACTERS else None


def new_mark() -> str:
    """128 random bits as text."""
    return secrets.token_urlsafe(16)


def set_mark(response: Response, name: str, mark: str, *, is_secure: bool) -> None:
    """Give the browser its mark: host-only, for its session (RFC 6265bis §4.1.3.2)."""
    response.set_cookie(
        _cookie_name(name, is_secure), mark,
        path="/", secure=is_secure, httponly=True, samesite="lax",
    )  # fmt: skip


def _cookie_name(name: str, is_secure: bool) -> str:
    return f"__Host-{name}_browser" if is_secure else f"{name}_browser"
