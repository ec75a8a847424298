"""What a client is registered with: keywords, an app's settings, a class's defaults."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import orjson

from .errors import Misconfigured

TEXTS: Final = (
    "client_id",
    "client_secret",
    "request_token_url",
    "access_token_url",
    "refresh_token_url",
    "authorize_url",
    "api_base_url",
    "server_metadata_url",
)
MAPPINGS: Final = (
    "request_token_params",
    "access_token_params",
    "refresh_token_params",
    "authorize_params",
    "client_kwargs",
)
FROM_SETTINGS: Final = (*TEXTS, *MAPPINGS)
BY_NAME: Final = ("OAUTH_CLIENTS", "AUTHLIB_OAUTH_CLIENTS")
"""Keys of a settings dictionary that hold each client's registration by its name."""

Values = dict[str, Any]


class Readable(Protocol):
    """Settings that are read by key: `starlette.config.Config`."""

    def __call__(self, key: str, *, default: None) -> str | None:
        """The value of a key, or None."""
        ...


Source = Mapping[str, Any] | Readable | None


@dataclass(frozen=True, slots=True)
class Registration:
    """Everything one client was registered with; None or empty where nothing was said.

    server_metadata: keywords that are none of ours, which count as provider metadata (RFC 8414
    §2) and win over what the provider publishes.
    """

    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    request_token_url: str = ""
    request_token_params: Values = field(default_factory=dict)
    access_token_url: str = ""
    access_token_params: Values = field(default_factory=dict, repr=False)
    refresh_token_url: str = ""
    refresh_token_params: Values = field(default_factory=dict, repr=False)
    authorize_url: str = ""
    authorize_params: Values = field(default_factory=dict)
    api_base_url: str = ""
    client_kwargs: Values = field(default_factory=dict, repr=False)
    server_metadata_url: str = ""
    fetch_token: Callable[..., Any] | None = None
    update_token: Callable[..., Any] | None = None
    compliance_fix: Callable[..., Any] | None = None
    client_auth_methods: Any = ()
    user_agent: str = ""
    token_origins: tuple[str, ...] = ()
    allow_http: bool = False
    server_metadata: Values = field(default_factory=dict)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Registration":
        """A registration of these keywords; None counts as not said."""
        given = {name: value for name, value in values.items() if value is not None}
        ours = {name: given.pop(name) for name in _OURS if name in given}
        if "token_origins" in ours:
            ours["token_origins"] = tuple(ours["token_origins"])
        for name in MAPPINGS:
            if not isinstance(ours.get(name, {}), Mapping):
                raise Misconfigured(f"{name} must be a mapping")
        return cls(**ours, server_metadata=given)


_OURS: Final = tuple(name for name in Registration.__slots__ if name != "server_metadata")


def from_settings(source: Source, name: str) -> Values:
    """What an app's settings say of one client; empty when they say nothing.

    Either a dictionary under one of `BY_NAME`, or a key each, as `TWITTER_CLIENT_ID`. Mappings
    may be spelled as JSON, which is all an environment can hold.
    """
    if source is None:
        return {}
    read = _reader(source)
    for key in BY_NAME:
        by_name = read(key)
        if isinstance(by_name, Mapping) and name in by_name:
            return {one: by_name[name][one] for one in FROM_SETTINGS if one in by_name[name]}
    found = {one: read(f"{name}_{one}".upper()) for one in FROM_SETTINGS}
    return {one: _decoded(one, value) for one, value in found.items() if value is not None}


def merged(registered: Mapping[str, Any], settings: Values, *, overwrite: bool) -> Values:
    """Both, where a keyword wins over a setting unless `overwrite`.

    Mappings are then merged key by key, and the settings' keys win.
    """
    values = dict(registered)
    for name, value in settings.items():
        known = values.get(name)
        if known is None:
            values[name] = value
        elif overwrite and value:
            both = isinstance(known, Mapping) and isinstance(value, Mapping)
            values[name] = {**known, **value} if both else value
    return values


def _reader(source: Mapping[str, Any] | Readable) -> Callable[[str], Any]:
    if isinstance(source, Mapping):
        return source.get
    return lambda key: source(key, default=None)


def _decoded(name: str, value: Any) -> Any:
    if name not in MAPPINGS or not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        raise Misconfigured(f"the setting {name} is not JSON") from None
