"""Client metadata: what is registered about a client (RFC 7591 §2, OIDC Registration §2).

Every name of IANA's registry but those the server issues, and five of our own.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final, Literal, Self, get_args

from pydantic import ConfigDict, Field, ValidationError, model_validator

from .client_rules import check_rules
from .later_metadata import LaterMetadata
from .metadata_types import (
    MAX_ENTRIES,
    AuthMethod,
    AuthSigningAlg,
    Flag,
    GrantType,
    Jwks,
    Link,
    OAuth1SignatureMethod,
    Protocol,
    Seconds,
    SigningAlg,
    Text,
    Texts,
)
from .redirect_uri import check_link
from .response_types import normalize
from .scope import Scope

GRANT_TYPES: Final[tuple[str, ...]] = get_args(GrantType)
AUTH_METHODS: Final[tuple[str, ...]] = get_args(AuthMethod)
SIGNING_ALGS: Final[tuple[str, ...]] = get_args(SigningAlg)
LOCALIZABLE: Final = ("client_name", "client_uri", "logo_uri", "tos_uri", "policy_uri")
"""Names that may carry a language tag, `client_name#ja` (RFC 7591 §2.2)."""
_LOCALIZED = re.compile(rf"({'|'.join(LOCALIZABLE)})#[A-Za-z]{{1,8}}(?:-[A-Za-z0-9]{{1,8}})*")

# JSON and YAML know lists and objects, not what we keep them in.
_REASONS: Final = {"tuple_type": "must be a list", "dict_type": "must be an object"}


def _default_grant_types(data: dict[str, Any]) -> tuple[GrantType, ...]:
    return ("authorization_code",) if "oauth2" in data.get("protocols", ()) else ()


def _default_response_types(data: dict[str, Any]) -> tuple[str, ...]:
    # RFC 7591 §2 says `code`, which would contradict a client without that grant (§2.1).
    return ("code",) if "authorization_code" in data.get("grant_types", ()) else ()


class ClientMetadata(LaterMetadata):
    """One client's metadata, checked and frozen; unknown names are an error.

    `null` stands for the default. Names with a language tag are in `localized`. Validation
    raises pydantic's ValidationError; `problems` puts it into lines that name the key.
    """

    # Language-tagged names come as extras; `_known_names` lets no other extra through.
    model_config = ConfigDict(frozen=True, extra="allow")
    __pydantic_extra__: dict[str, Text]

    # Ours
    protocols: tuple[Protocol, ...] = ("oauth2",)
    skip_consent: Flag = False
    may_introspect: Literal["own", "all"] = "own"
    oauth1_signature_methods: tuple[OAuth1SignatureMethod, ...] = (
        "HMAC-SHA1",
        "HMAC-SHA256",
        "RSA-SHA1",
        "RSA-SHA256",
    )
    oauth1_rsa_public_key: str = Field("", max_length=10_000)

    # RFC 7591 §2
    redirect_uris: tuple[str, ...] = Field((), max_length=MAX_ENTRIES)
    token_endpoint_auth_method: AuthMethod = "client_secret_basic"  # noqa: S105
    grant_types: tuple[GrantType, ...] = Field(default_factory=_default_grant_types)
    response_types: tuple[str, ...] = Field(
        default_factory=_default_response_types, max_length=MAX_ENTRIES
    )
    client_name: Text | None = None
    client_uri: Link | None = None
    logo_uri: Link | None = None
    scope: str = Field("", strict=True)
    contacts: Texts = ()
    tos_uri: Link | None = None
    policy_uri: Link | None = None
    jwks_uri: Link | None = None
    jwks: Jwks | None = None
    software_id: Text | None = None
    software_version: Text | None = None

    # OIDC Registration §2
    application_type: Literal["web", "native"] = "web"
    sector_identifier_uri: Link | None = None
    subject_type: Literal["public", "pairwise"] = "public"
    id_token_signed_response_alg: SigningAlg | None = None
    userinfo_signed_response_alg: SigningAlg | None = None
    token_endpoint_auth_signing_alg: AuthSigningAlg | None = None
    default_max_age: Seconds | None = None
    require_auth_time: Flag = False
    default_acr_values: Texts = ()
    initiate_login_uri: Link | None = None

    # RP-Initiated Logout §3.1
    post_logout_redirect_uris: tuple[str, ...] = Field((), max_length=MAX_ENTRIES)

    # Logout that the server starts (Back-Channel Logout §2.2, Front-Channel Logout §2)
    backchannel_logout_uri: Link | None = None
    backchannel_logout_session_required: Flag = False
    frontchannel_logout_uri: Link | None = None
    frontchannel_logout_session_required: Flag = False

    # About who runs it (OpenID Federation §5.2.2)
    organization_name: Text | None = None
    description: Text | None = None
    keywords: Texts = ()
    information_uri: Link | None = None
    organization_uri: Link | None = None

    @model_validator(mode="before")
    @classmethod
    def _known_names(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        unknown = [str(name) for name in given if not is_known(str(name))]
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: unknown key")
        # A null asks for the default (RFC 7592 §2.2).
        return {name: value for name, value in given.items() if value is not None}

    @model_validator(mode="after")
    def _rules(self) -> Self:
        for name, text in self.localized.items():
            if not name.startswith("client_name"):
                _check_localized_link(name, text)
        check_rules(self)
        return self

    @property
    def localized(self) -> dict[str, str]:
        """The language-tagged names with their values."""
        return dict(self.__pydantic_extra__ or {})

    @property
    def is_public(self) -> bool:
        """Whether it holds no credential (RFC 6749 §2.1)."""
        return self.token_endpoint_auth_method == "none"  # noqa: S105

    @cached_property
    def scope_set(self) -> Scope:
        """The registered scope."""
        return Scope.parse(self.scope)

    @cached_property
    def _response_type_sets(self) -> frozenset[frozenset[str]]:
        return frozenset(normalize(text) for text in self.response_types)

    @property
    def hears_of_logout(self) -> bool:
        """Whether it is told when a person's session ends."""
        uris = (self.backchannel_logout_uri, self.frontchannel_logout_uri)
        return "oauth2" in self.protocols and uris != (None, None)

    def allows_grant(self, name: str) -> bool:
        """Whether the grant type is registered for it."""
        return "oauth2" in self.protocols and name in self.grant_types

    def allows_response_type(self, types: frozenset[str]) -> bool:
        """Whether the response type is registered for it, in whatever order."""
        return "oauth2" in self.protocols and types in self._response_type_sets


def is_known(name: str) -> bool:
    """Whether this is client metadata, language-tagged or not; registration drops the rest."""
    return name in ClientMetadata.model_fields or _LOCALIZED.fullmatch(name) is not None


def problems(error: ValidationError) -> tuple[str, ...]:
    """What is wrong, a line for each, as `key: reason`."""
    lines = []
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        # A default drawn from a member that is itself wrong is not a second mistake.
        if each["type"] == "default_factory_not_called":
            continue
        reason = _REASONS.get(each["type"], each["msg"]).removeprefix("Value error, ")
        where = ".".join(str(step) for step in each["loc"])
        lines.append(f"{where}: {reason}" if where else reason)
    return tuple(lines)


def _check_localized_link(name: str, text: str) -> None:
    try:
        check_link(text)
    except ValueError as reason:
        raise ValueError(f"{name}: {reason}") from None
