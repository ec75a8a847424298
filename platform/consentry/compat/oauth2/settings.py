"""The server's settings by their old names, read once.

`OAUTH2_SCOPES_SUPPORTED` and its like from an application's configuration, or the same in lower
case without the prefix, alone or under `AUTHLIB_OAUTH2_PROVIDER`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final, Literal

from consentry.crypto.secrets import new_secret

ACCESS_TOKEN_LENGTH: Final = 42
REFRESH_TOKEN_LENGTH: Final = 48
DEFAULT_EXPIRES_IN: Final = 3600
"""Seconds an access token lives, whatever the grant, unless told otherwise."""
PREFIX: Final = "OAUTH2_"
_NESTED: Final = "AUTHLIB_OAUTH2_PROVIDER"

TokenFunction = Callable[..., Any]
"""Called with client, grant_type, user and scope; gives a token, plain or asynchronous."""
ExpiresIn = Callable[[Any, str], int]
Clock = Callable[[], float]
"""Seconds since 1970."""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What a server was told.

    scopes_supported: None for any. refresh_token: None for none. expires_in: seconds by client
    and grant type. unregistered_scope: what a client asks beyond its own is dropped or refused.
    issuer: sent as `iss` with every authorization response (RFC 9207); empty for not.
    """

    scopes_supported: tuple[str, ...] | None
    access_token: TokenFunction
    refresh_token: TokenFunction | None
    expires_in: ExpiresIn
    error_uris: Mapping[str, str] = field(default_factory=dict)
    unregistered_scope: Literal["drop", "refuse"] = "drop"
    issuer: str = ""

    @classmethod
    def read(cls, config: Mapping[str, Any]) -> "ServerSettings":
        """The settings an application's configuration spells; it may hold much else.

        Raises ValueError for a lifetime that is none and an import path that leads nowhere.
        """
        named = _named(config)
        access = _token_function(named.get("access_token_generator", True), ACCESS_TOKEN_LENGTH)
        if access is None:
            raise ValueError("access_token_generator: a server without access tokens does nothing")
        supported: Iterable[str] | None = named.get("scopes_supported")
        beyond = named.get("unregistered_scope", "drop")
        if beyond not in ("drop", "refuse"):
            raise ValueError(f"unregistered_scope: drop or refuse, not {beyond!r}")
        refresh = named.get("refresh_token_generator", True)
        return cls(
            scopes_supported=None if supported is None else tuple(supported),
            access_token=access,
            refresh_token=_token_function(refresh, REFRESH_TOKEN_LENGTH),
            expires_in=_expires_in(named.get("token_expires_in")),
            error_uris=dict(named.get("error_uris") or {}),
            unregistered_scope=beyond,
            issuer=named.get("issuer") or "",
        )


def random_token(length: int) -> str:
    """Random characters of the base64url alphabet, six bits each."""
    return new_secret(length)[:length]


def _named(config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings by their bare names; those with the prefix win."""
    bare = {name: value for name, value in config.items() if name.islower()}
    bare |= config.get(_NESTED) or {}
    return bare | {
        name.removeprefix(PREFIX).lower(): value
        for name, value in config.items()
        if name.startswith(PREFIX)
    }


def imported(path: str) -> Any:
    """What `package.module.name` names. Raises ValueError."""
    module, _, name = path.rpartition(".")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"{path!r} names nothing that can be imported") from error


def _token_function(given: object, length: int) -> TokenFunction | None:
    if isinstance(given, str):
        given = imported(given)
    if callable(given):
        return given
    return (lambda **_: random_token(length)) if given else None


def _expires_in(given: object) -> ExpiresIn:
    if isinstance(given, str):
        given = imported(given)
    if callable(given):
        return given
    lifetimes: dict[str, int] = dict(given) if isinstance(given, Mapping) else {}
    for grant_type, seconds in lifetimes.items():
        check_lifetime(seconds, f"token_expires_in of {grant_type}")
    return lambda _client, grant_type: lifetimes.get(grant_type, DEFAULT_EXPIRES_IN)


def check_lifetime(seconds: object, what: str = "expires_in") -> int:
    """A lifetime in whole seconds. Raises ValueError for zero, which some read as "for ever"."""
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds <= 0:
        raise ValueError(f"{what}: whole seconds above zero, not {seconds!r}")
    return seconds
