"""Settings of a provider, under their own names and the two sets of old ones."""

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from secrets import choice
from typing import Any, Final

from consentry.resource.oauth1_scheme import origin_of

from .given import imported

ALPHABET: Final = string.ascii_letters + string.digits
PROVIDER: Final = "AUTHLIB_OAUTH1_PROVIDER"
_OLD_NAMES: Final = {
    "OAUTH1_SUPPORTED_SIGNATURE_METHODS": "signature_methods",
    "OAUTH1_TOKEN_GENERATOR": "token_generator",
    "OAUTH1_TOKEN_LENGTH": "token_length",
    "OAUTH1_TOKEN_SECRET_GENERATOR": "token_secret_generator",
    "OAUTH1_TOKEN_SECRET_LENGTH": "token_secret_length",
}

TokenPair = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """What a provider does where its app does not override it. Times are in seconds.

    nonce_expires_in: at least twice `timestamp_window`, the longest a request can be replayed.
    temporary_credential_expires_in: the reference has a day; ten minutes is what a sign-in takes.
    token_generator, token_secret_generator: functions or import paths of functions.
    realm: of the challenges. public_url: scheme and host people and clients use, for servers
    behind a proxy. insecure_transport: take plain http, in development.
    verifier_attempts: wrong ones before a temporary credential is void.
    """

    signature_methods: tuple[str, ...] | None = None
    nonce_expires_in: int = 86_400
    temporary_credential_expires_in: int = 600
    temporary_credential_key_prefix: str = "temporary_credential:"
    token_generator: Callable[[], str] | str | None = None
    token_length: int = 42
    token_secret_generator: Callable[[], str] | str | None = None
    token_secret_length: int = 48
    timestamp_window: int | None = None
    verifier_attempts: int = 5
    realm: str = ""
    public_url: str | None = None
    insecure_transport: bool = False

    def __post_init__(self) -> None:
        if self.signature_methods is not None:
            methods = self.signature_methods
            object.__setattr__(self, "signature_methods", _method_names(methods))
        for name in ("token_generator", "token_secret_generator"):
            maker = getattr(self, name)
            if isinstance(maker, str):
                object.__setattr__(self, name, imported(maker))
        if self.public_url is not None:
            object.__setattr__(self, "public_url", origin_of(self.public_url))
        lengths = (self.token_length, self.token_secret_length)
        positive = (self.temporary_credential_expires_in, self.verifier_attempts, *lengths)
        if min(positive) < 1:
            raise ValueError("lifetimes, lengths and attempts are positive")
        if min(lengths) < 22:
            raise ValueError("a token or secret needs 22 characters, or it can be guessed")

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "Settings":
        """Settings out of an app's whole configuration.

        Read are `OAUTH1_*` and, nested under `AUTHLIB_OAUTH1_PROVIDER`, this class's own names.
        Raises ValueError for one nobody knows there; other entries are not ours to judge.
        """
        given = dict(config.get(PROVIDER) or {})
        for name, value in config.items():
            if name.startswith("OAUTH1_"):
                given[_own_name(name)] = value
        unknown = given.keys() - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"no such OAuth 1 setting: {', '.join(sorted(unknown))}")
        return cls(**given)

    def check_window(self, window: int) -> None:
        """Raises ValueError where a nonce is forgotten before its request is stale.

        A timestamp may be one window ahead and counts until one window after it.
        """
        if window < 1 or self.nonce_expires_in < 2 * window:
            raise ValueError("nonce_expires_in covers the timestamp window, before and after now")

    def new_token(self) -> TokenPair:
        """A new `oauth_token` and `oauth_token_secret`."""
        return {
            "oauth_token": _made(self.token_generator, self.token_length),
            "oauth_token_secret": _made(self.token_secret_generator, self.token_secret_length),
        }


def random_text(length: int, alphabet: str = ALPHABET) -> str:
    """Letters and digits from the system's randomness."""
    return "".join(choice(alphabet) for _ in range(length))


def _made(maker: Callable[[], str] | str | None, length: int) -> str:
    return maker() if callable(maker) else random_text(length)


def _own_name(old: str) -> str:
    """`OAUTH1_TOKEN_LENGTH` is `token_length`; newer ones have their own name after `OAUTH1_`."""
    return _OLD_NAMES.get(old, old.removeprefix("OAUTH1_").lower())


def _method_names(methods: object) -> tuple[str, ...]:
    if isinstance(methods, str) or not isinstance(methods, list | tuple | set | frozenset):
        raise ValueError("signature_methods is a list of names")
    return tuple(str(name) for name in methods)
