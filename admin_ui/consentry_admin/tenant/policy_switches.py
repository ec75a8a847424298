"""The policy's switches, each with what it means in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from consentry.operations.errors import Refused
from consentry.operations.keys import ALGS
from consentry.records.policy import GrantType, Policy
from consentry.tenancy.context import TenantContext

Kind = Literal["seconds", "choice", "switch", "boxes"]
METHODS_KEY: Final = "oauth1_signature_methods"
GRANTS: Final[dict[str, str]] = {
    "authorization_code": "Apps that people sign in to",
    "refresh_token": "Apps that stay connected while nobody is there",
    "client_credentials": "Machines that act for themselves",
    "urn:ietf:params:oauth:grant-type:token-exchange": "A token for another one (RFC 8693)",
    "password": "Apps that ask for the password themselves: for old software only",
    "implicit": "Tokens in the address bar: for old software only",
}


@dataclass(frozen=True, slots=True)
class Switch:
    """One key. choices: value and label, of a `choice`. empty: what no number means."""

    key: str
    kind: Kind
    label: str
    text: str
    choices: Sequence[tuple[str, str]] = ()
    empty: str = ""

    @property
    def bounds(self) -> tuple[int, int]:
        """The least and the most seconds."""
        found = Policy.model_fields[self.key].metadata
        least = next(one.ge for one in found if hasattr(one, "ge"))
        return least, next(one.le for one in found if hasattr(one, "le"))


@dataclass(frozen=True, slots=True)
class Chapter:
    """Switches that belong together."""

    name: str
    title: str
    switches: Sequence[Switch]


CHAPTERS: Final = (
    Chapter(
        "tokens",
        "Tokens",
        (
            Switch(
                "access_token_lifetime",
                "seconds",
                "Access tokens live for",
                "What an app holds counts this long, unless its API says otherwise.",
            ),
            Switch(
                "access_token_format",
                "choice",
                "Access tokens are",
                "An opaque token is asked about here and ends at once when it is revoked. An API "
                "checks a JWT by itself, and takes it until it expires.",
                (("opaque", "Opaque"), ("jwt", "JWT (RFC 9068)")),
            ),
            Switch(
                "refresh_token_lifetime",
                "seconds",
                "Refresh tokens live for",
                "An app that is not used for so long has to ask the person again.",
            ),
            Switch(
                "refresh_grace",
                "seconds",
                "A spent refresh token is forgiven for",
                "A repeated request within this time gets the same answer; later it ends "
                "everything the app holds, for somebody may have stolen the token.",
            ),
            Switch(
                "authorization_code_lifetime",
                "seconds",
                "Authorization codes live for",
                "The time an app has to trade a code for tokens.",
            ),
            Switch(
                "id_token_lifetime",
                "seconds",
                "ID tokens live for",
                "How long the statement of who signed in is to be believed.",
            ),
        ),
    ),
    Chapter(
        "apps",
        "What apps may do",
        (
            Switch(
                "notify_new_app",
                "switch",
                "People are written to about new apps",
                "When they first let an app act for them, where this deployment sends mail.",
            ),
            Switch(
                "logout_on_expiry",
                "switch",
                "Apps are told when a session expires",
                "Apps with a back-channel logout address end theirs too. Otherwise they hear of "
                "people who sign out, not of those whose time is over.",
            ),
            Switch(
                "grant_types_supported",
                "boxes",
                "Ways to get a token",
                "An app uses those of its own that are ticked here too.",
            ),
            Switch(
                "require_pkce",
                "switch",
                "Every app must use PKCE",
                "A code that was caught on its way is worth nothing to the thief. Without this, "
                "apps with a secret may leave it out.",
            ),
            Switch(
                "unknown_scopes",
                "choice",
                "A scope nobody declared",
                "Refused, the app's developer learns of a misspelling. Ignored, the app goes on "
                "with what is known.",
                (("refuse", "is refused"), ("ignore", "is ignored")),
            ),
        ),
    ),
    Chapter(
        "signing",
        "Signing",
        (
            Switch(
                "id_token_signed_response_alg",
                "choice",
                "ID tokens are signed with",
                "Unless an app is registered for another one.",
                tuple((alg, alg) for alg in ALGS),
            ),
            Switch(
                "signing_algs",
                "boxes",
                "Algorithms there are keys for",
                "RS256 and ES256 are always among them: every app may count on those.",
            ),
            Switch(
                "signing_key_lifetime",
                "seconds",
                "A new key follows after",
                "It is published an hour before it signs. 0: only when somebody says so.",
            ),
            Switch(
                "data_key_lifetime",
                "seconds",
                "A new data key follows after",
                "It seals tokens and secrets. 0: only when somebody says so.",
            ),
        ),
    ),
    Chapter(
        "oauth1",
        "OAuth 1.0a",
        (
            Switch(
                METHODS_KEY,
                "boxes",
                "Signature methods",
                "An app uses those of its own that are ticked here too. All ticked means also "
                "those this deployment learns later.",
            ),
            Switch(
                "oauth1_timestamp_window",
                "seconds",
                "A signed request may be off by",
                "How far the clock of an app may differ from ours.",
            ),
            Switch(
                "oauth1_temporary_credential_lifetime",
                "seconds",
                "Temporary credentials live for",
                "The time a person has to decide.",
            ),
            Switch(
                "oauth1_token_lifetime",
                "seconds",
                "Token credentials live for",
                "Left empty, until somebody takes them back.",
                empty="no end",
            ),
        ),
    ),
)


def switches() -> Iterator[Switch]:
    """All of them."""
    for chapter in CHAPTERS:
        yield from chapter.switches


def boxes(ctx: TenantContext, key: str) -> dict[str, str]:
    """What there is to tick, each with a word about it."""
    if key == "grant_types_supported":
        return {name: GRANTS[name] for name in get_args(GrantType)}
    if key == METHODS_KEY:
        return dict.fromkeys(ctx.deployment.signature_methods.names, "")
    return dict.fromkeys(ALGS, "")


def shown(ctx: TenantContext, policy: Policy) -> dict[str, Any]:
    """The form of a policy: text, or for boxes the names that are ticked."""
    values: dict[str, Any] = {}
    for switch in switches():
        value = getattr(policy, switch.key)
        if switch.kind == "boxes":
            values[switch.key] = list(boxes(ctx, switch.key)) if value is None else list(value)
        elif switch.kind == "switch":
            values[switch.key] = value
        else:
            values[switch.key] = "" if value is None else str(value)
    return values


def typed(ctx: TenantContext, form: Mapping[str, str]) -> dict[str, Any]:
    """The same of a form that was sent."""
    values: dict[str, Any] = {}
    for switch in switches():
        if switch.kind == "boxes":
            names = boxes(ctx, switch.key)
            values[switch.key] = [name for name in names if f"{switch.key}:{name}" in form]
        elif switch.kind == "switch":
            values[switch.key] = switch.key in form
        else:
            values[switch.key] = (form.get(switch.key) or "").strip()
    return values


def changes(ctx: TenantContext, policy: Policy, values: Mapping[str, Any]) -> dict[str, Any]:
    """What differs from the policy; null puts a default back. Raises Refused."""
    found: dict[str, Any] = {}
    for switch in switches():
        value = _read(ctx, switch, values[switch.key])
        now = getattr(policy, switch.key)
        if value != now and not _same_names(value, now):
            default = Policy.model_fields[switch.key].default
            found[switch.key] = None if value == default else value
    return found


def _same_names(one: Any, other: Any) -> bool:
    return isinstance(one, tuple) and isinstance(other, tuple) and set(one) == set(other)


def _read(ctx: TenantContext, switch: Switch, value: Any) -> Any:
    if switch.key == METHODS_KEY and len(value) == len(boxes(ctx, METHODS_KEY)):
        return None
    if switch.kind == "boxes":
        return tuple(value)
    if switch.kind != "seconds":
        return value
    if not value:
        return Policy.model_fields[switch.key].default
    if not (value.isascii() and value.isdecimal() and len(value) < 12):
        raise Refused(switch.key, "must be a whole number of seconds")
    return int(value)
