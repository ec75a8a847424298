"""Settings under their old names, read once into values the views can rely on."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Final

from consentry.compat.provider import constants
from consentry.compat.provider.scope import DEFAULT, Scopes

IMPLICIT_NOTE: Final = (
    "RESPONSE_TYPE_CHOICES: `token` is not answered here (RFC 9700 §2.1.2), only `code`"
)
_RANGES: Final = {
    "access_token_lifetime": (1, int(constants.MAX_EXPIRE_DELTA.total_seconds())),
    "access_token_lifetime_public": (1, int(constants.MAX_EXPIRE_DELTA.total_seconds())),
    "code_lifetime": (1, int(constants.MAX_EXPIRE_CODE_DELTA.total_seconds())),
    "refresh_token_lifetime": (60, 315_360_000),
    "flow_lifetime": (60, 3_600),
}
GRANT_TYPES: Final = ("authorization_code", "refresh_token", "password")


class SettingError(ValueError):
    """A setting is unknown or has a value that is not taken; the text names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """What a mount goes by. Lifetimes are whole seconds.

    default_scope: given when a request names none, the first scope unless said; None refuses.
    require_pkce: of confidential clients too; public ones always need it (RFC 9700 §2.1.1).
    single_access_token: an answer repeats the live token of the same user, client and scope.
    delete_expired: what has expired goes as soon as tokens are issued, not when swept.
    issuer: sent as `iss` with every authorization answer (RFC 9207) when given.
    notes: what was asked for and is not done, for the operator to read.
    """

    response_types: tuple[str, ...] = constants.RESPONSE_TYPE_CHOICES
    scopes: Scopes = DEFAULT
    default_scope: str | None = ""
    access_token_lifetime: int = 3_600
    access_token_lifetime_public: int = 3_600
    code_lifetime: int = 60
    refresh_token_lifetime: int = 2_592_000
    flow_lifetime: int = 600
    enforce_secure: bool = constants.ENFORCE_SECURE
    enforce_client_secure: bool = constants.ENFORCE_CLIENT_SECURE
    session_key: str = constants.SESSION_KEY
    single_access_token: bool = constants.SINGLE_ACCESS_TOKEN
    delete_expired: bool = constants.DELETE_EXPIRED
    grant_types: tuple[str, ...] = ("authorization_code", "refresh_token")
    require_pkce: bool = True
    ask_every_time: bool = False
    public_password_refresh: bool = False
    end_access_token_on_refresh: bool = True
    issuer: str | None = None
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            if not least <= getattr(self, name) <= most:
                raise SettingError(f"{name}: {least} to {most} seconds, not {getattr(self, name)}")
        if self.default_scope == "":
            object.__setattr__(self, "default_scope", self.scopes.first)
        if self.default_scope is not None and self.default_scope not in self.scopes:
            raise SettingError(f"default_scope: {self.default_scope} is no scope here")
        if unknown := set(self.grant_types) - set(GRANT_TYPES):
            raise SettingError(f"grant_types: {', '.join(sorted(unknown))} is not known")
        if not self.session_key.isidentifier() or not self.session_key.isascii():
            raise SettingError("session_key: letters, digits and underscores name a cookie")


def policy_from(settings: Mapping[str, object], **own: Any) -> ProviderSettings:
    """The settings that old names ask for: `OAUTH_EXPIRE_DELTA` or `EXPIRE_DELTA`, and so on.

    settings: names to values as Django's settings have them; what is omitted has the default
    of `ProviderSettings`, which is shorter and stricter than the old one.
    own: fields of `ProviderSettings` that had no old name; these win.
    Raises SettingError for an unknown name, a value of another kind or one past its ceiling.
    """
    read: dict[str, Any] = {}
    for given, value in settings.items():
        name = given.removeprefix("OAUTH_")
        if name not in _READERS:
            raise SettingError(_unknown(given))
        if name != given and name in settings:
            raise SettingError(f"{given}: {name} is given as well")
        try:
            read |= _READERS[name](value)
        except (TypeError, ValueError) as reason:
            raise SettingError(f"{given}: {reason}") from None
    if unknown := set(own) - {each.name for each in fields(ProviderSettings)}:
        raise SettingError(f"{', '.join(sorted(unknown))}: no such setting")
    return ProviderSettings(**(read | own))


def _unknown(name: str) -> str:
    near = get_close_matches(name.removeprefix("OAUTH_"), _READERS, n=1)
    hint = f"did you mean OAUTH_{near[0]}?" if near else f"known are {', '.join(_READERS)}"
    return f"{name}: no such setting; {hint}"


def _seconds(name: str, value: object) -> dict[str, int]:
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("must be a timedelta or a number of whole seconds")
    least, most = _RANGES[name]
    if not least <= value <= most:
        raise ValueError(f"{least} to {most} seconds, not {value}")
    return {name: value}


def _flag(name: str, value: object) -> dict[str, bool]:
    if not isinstance(value, bool):
        raise TypeError("must be True or False")
    return {name: value}


def _session_key(value: object) -> dict[str, str]:
    if not isinstance(value, str):
        raise TypeError("must be text")
    return {"session_key": value}


def _response_types(value: object) -> dict[str, tuple[str, ...]]:
    """`("code", …)` or pairs of a word and its text."""
    words = tuple(each if isinstance(each, str) else each[0] for each in _items(value))
    if unknown := set(words) - {"code", "token"}:
        raise ValueError(f"{', '.join(sorted(unknown))} is neither code nor token")
    if "code" not in words:
        raise ValueError("code must be among them")
    return {"response_types": ("code",), "notes": (IMPLICIT_NOTE,) if "token" in words else ()}


def _scopes(value: object) -> dict[str, Scopes]:
    return {"scopes": Scopes(_items(value))}


def _items(value: object) -> Iterable[Any]:
    if not isinstance(value, list | tuple):
        raise TypeError("must be a list or tuple")
    return value


_READERS: Final[dict[str, Callable[[object], dict[str, Any]]]] = {
    "RESPONSE_TYPE_CHOICES": _response_types,
    "SCOPES": _scopes,
    "EXPIRE_DELTA": lambda value: _seconds("access_token_lifetime", value),
    "EXPIRE_DELTA_PUBLIC": lambda value: _seconds("access_token_lifetime_public", value),
    "EXPIRE_CODE_DELTA": lambda value: _seconds("code_lifetime", value),
    "ENFORCE_SECURE": lambda value: _flag("enforce_secure", value),
    "ENFORCE_CLIENT_SECURE": lambda value: _flag("enforce_client_secure", value),
    "SESSION_KEY": _session_key,
    "SINGLE_ACCESS_TOKEN": lambda value: _flag("single_access_token", value),
    "DELETE_EXPIRED": lambda value: _flag("delete_expired", value),
}
