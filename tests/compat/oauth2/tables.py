"""Models of an application's own, plain Python objects, and a clock that is set by hand."""

from dataclasses import dataclass, field
from typing import Any

from consentry.compat.oauth2 import (
    OAuth2AuthorizationCodeMixin,
    OAuth2ClientMixin,
    OAuth2TokenMixin,
    token_digest,
)

CALLBACK = "https://app.example.com/back"
NOW = 1_800_000_000


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now: float = NOW

    def __call__(self) -> float:
        return self.now


CLOCK = Clock()


@dataclass
class User:
    """Somebody with an account."""

    name: str

    def get_user_id(self) -> str:
        return self.name


class Client(OAuth2ClientMixin):
    """A registered app."""

    clock = CLOCK

    def __init__(self, client_id: str, secret: str | None = None, **metadata: Any) -> None:
        self.client_id = client_id
        self.set_client_metadata(
            {
                "redirect_uris": [CALLBACK],
                "grant_types": ["authorization_code", "refresh_token"],
                "response_types": ["code"],
                "scope": "profile email orders",
                "token_endpoint_auth_method": "client_secret_basic" if secret else "none",
                **metadata,
            }
        )
        if secret:
            self.add_client_secret(secret)


class Code(OAuth2AuthorizationCodeMixin):
    """An authorization code."""

    clock = CLOCK

    def __init__(self, **columns: Any) -> None:
        self.__dict__ |= columns


class Token(OAuth2TokenMixin):
    """An issued token."""

    clock = CLOCK

    def __init__(self, **columns: Any) -> None:
        self.__dict__ |= columns


@dataclass
class Tables:
    """What the application keeps."""

    clients: dict[str, Client] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    tokens: list[Token] = field(default_factory=list)
    users: dict[str, User] = field(default_factory=dict)

    def by_access(self, text: str) -> Token | None:
        digest = token_digest(text)
        return next((one for one in self.tokens if one.access_token_digest == digest), None)

    def by_refresh(self, text: str) -> Token | None:
        digest = token_digest(text)
        return next((one for one in self.tokens if one.refresh_token_digest == digest), None)
