"""What a tenant declares: scope-tokens with their texts, and APIs (RFC 8707)."""

from collections.abc import Sequence
from typing import Final

from consentry.operations.errors import Refused
from consentry.operations.permissions import PREFIX
from consentry.records.tenant import Api
from consentry.spec.errors import InvalidScope, InvalidTarget
from consentry.spec.resource_indicator import check_resources
from consentry.spec.scope import Scope

RESERVED_PREFIX: Final = PREFIX
"""Scopes of our own endpoints: never declared, granted by what is registered."""
MAX_SCOPE_NAME: Final = 200
MAX_DESCRIPTION: Final = 500
MAX_IDENTIFIER: Final = 500
MAX_LIST: Final = 4_000
LIFETIMES: Final = range(30, 86_401)


def check_scope(name: str, description: str = "") -> None:
    """Raises Refused unless a tenant may declare this scope with this text."""
    check_scope_name(name, "name")
    if len(description) > MAX_DESCRIPTION or not description.isprintable():
        raise Refused("description", f"must be at most {MAX_DESCRIPTION} characters in one line")


def check_scope_name(name: str, key: str) -> None:
    """Raises Refused unless this is a scope-token that a tenant may declare (RFC 6749 §3.3)."""
    try:
        Scope.of(name)
    except InvalidScope:
        raise Refused(key, f"{name[:100]!a} is not a scope-token (RFC 6749 §3.3)") from None
    if len(name) > MAX_SCOPE_NAME:
        raise Refused(key, f"is longer than {MAX_SCOPE_NAME} characters")
    if name.startswith(RESERVED_PREFIX):
        raise Refused(key, f"{RESERVED_PREFIX}* are this server's own scopes")


def check_api(api: Api, issuer: str) -> None:
    """Raises Refused unless the API may be declared. Its lists are space-delimited.

    issuer: of the tenant; it is always an API and needs no declaring.
    """
    _check_identifier(api.identifier, issuer)
    if len(api.name) > MAX_SCOPE_NAME or not api.name.isprintable():
        raise Refused("name", f"must be at most {MAX_SCOPE_NAME} characters that can be shown")
    if api.access_token_format not in (None, "opaque", "jwt"):
        raise Refused("access_token_format", "must be opaque or jwt")
    lifetime = api.access_token_lifetime
    if lifetime is not None and lifetime not in LIFETIMES:
        raise Refused("access_token_lifetime", "must be 30 to 86400 seconds")
    for key, text in (("scopes", api.scopes), ("resource_servers", api.resource_servers)):
        if len(text) > MAX_LIST:
            raise Refused(key, "is too long")


def _check_identifier(identifier: str, issuer: str) -> None:
    try:
        check_resources((identifier,))
    except InvalidTarget:
        raise Refused(
            "identifier", "must be an absolute URI without fragment (RFC 8707 §2)"
        ) from None
    if len(identifier) > MAX_IDENTIFIER:
        raise Refused("identifier", f"is longer than {MAX_IDENTIFIER} characters")
    if identifier.rstrip("/") == issuer:
        raise Refused("identifier", "the issuer is an API of itself and is not declared")


def joined(key: str, items: Sequence[str]) -> str:
    """A list as it is stored, space-delimited. Raises Refused for an entry with a space."""
    for number, item in enumerate(items):
        if not item or not item.isascii() or not item.isprintable() or " " in item:
            raise Refused(f"{key}[{number}]", "must be printable ASCII without spaces")
    return " ".join(dict.fromkeys(items))
