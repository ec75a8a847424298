"""Tokens as a client holds them, and as it keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, runtime_checkable

from .errors import UnexpectedAnswer

LEEWAY: Final = 60

Token = dict[str, Any]
"""A provider's token answer by its member names, with `expires_at` in seconds since 1970."""


@runtime_checkable
class Keepable(Protocol):
    """A record that knows its token."""

    def to_token(self) -> Token:
        """The token as requests take it."""
        ...


@dataclass(frozen=True, slots=True)
class OAuth1Token:
    """Token credentials of one provider, `name`, as a row of an app's table."""

    name: str
    oauth_token: str = field(repr=False)
    oauth_token_secret: str = field(repr=False)

    def to_token(self) -> Token:
        """The token as requests take it."""
        return {"oauth_token": self.oauth_token, "oauth_token_secret": self.oauth_token_secret}

    @classmethod
    def of(cls, name: str, token: Mapping[str, Any]) -> "OAuth1Token":
        """The record of a token answer."""
        return cls(name, token["oauth_token"], token["oauth_token_secret"])


@dataclass(frozen=True, slots=True)
class OAuth2Token:
    """Tokens of one provider, `name`, as a row of an app's table; each of any length.

    expires_at: seconds since 1970; None where the provider did not say.
    """

    name: str
    token_type: str
    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: int | None = None

    def to_token(self) -> Token:
        """The token as requests take it; what is not known is left out."""
        token = {
            "token_type": self.token_type,
            "access_token": self.access_token,
            "refresh_token": self.refresh_token,
            "expires_at": self.expires_at,
        }
        return {name: value for name, value in token.items() if value is not None}

    @classmethod
    def of(cls, name: str, token: Mapping[str, Any]) -> "OAuth2Token":
        """The record of a token answer."""
        return cls(
            name, token["token_type"], token["access_token"], token.get("refresh_token"),
            token.get("expires_at"),
        )  # fmt: skip


KeptToken = OAuth1Token | OAuth2Token


def as_token(given: Mapping[str, Any] | Keepable | None) -> Token | None:
    """A token from what apps hand in: a mapping, or a record with `to_token()`."""
    if given is None:
        return None
    return dict(given) if isinstance(given, Mapping) else given.to_token()


def kept(name: str, token: Mapping[str, Any]) -> KeptToken:
    """The record of a token answer of either protocol."""
    return OAuth1Token.of(name, token) if "oauth_token" in token else OAuth2Token.of(name, token)


def checked_answer(answer: Mapping[str, Any], now: float) -> Token:
    """A token answer, checked (RFC 6749 §5.1), with `expires_at` worked out.

    Raises UnexpectedAnswer without access_token or token_type, or with an `expires_in` that is
    no number.
    """
    for name in ("access_token", "token_type"):
        if not isinstance(answer.get(name), str) or not answer[name]:
            raise UnexpectedAnswer(f"the token answer has no {name} (RFC 6749 §5.1)")
    token = dict(answer)
    try:
        if token.get("expires_at") is not None:
            token["expires_at"] = int(token["expires_at"])
        elif token.get("expires_in") is not None:
            token["expires_at"] = int(now) + int(token["expires_in"])
    except (TypeError, ValueError):
        raise UnexpectedAnswer("the token answer's expires_in is no number") from None
    return token


def is_expired(token: Mapping[str, Any], now: float, leeway: float = LEEWAY) -> bool:
    """Whether a token ends within `leeway` seconds; one that does not say never does."""
    expires_at = token.get("expires_at")
    return expires_at is not None and now + leeway >= float(expires_at)
