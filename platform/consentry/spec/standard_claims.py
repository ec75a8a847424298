"""The standard claims and what each must look like (OIDC Core §5.1)."""

import re
from collections.abc import Mapping
from typing import Any, Final

from .redirect_uri import check_link

CLAIM_TYPES: Final[dict[str, str]] = {
    "sub": "string",
    "name": "string",
    "given_name": "string",
    "family_name": "string",
    "middle_name": "string",
    "nickname": "string",
    "preferred_username": "string",
    "profile": "URL",
    "picture": "URL",
    "website": "URL",
    "email": "string",
    "email_verified": "boolean",
    "gender": "string",
    "birthdate": "date",
    "zoneinfo": "string",
    "locale": "string",
    "phone_number": "string",
    "phone_number_verified": "boolean",
    "address": "object",
    "updated_at": "number",
}
"""Claim name to its JSON type; `URL` and `date` are strings of that form."""
STANDARD_CLAIMS: Final = tuple(CLAIM_TYPES)
ADDRESS_MEMBERS: Final = (
    "formatted",
    "street_address",
    "locality",
    "region",
    "postal_code",
    "country",
)
"""Members of the address claim, all strings (OIDC Core §5.1.1)."""

# YYYY-MM-DD, YYYY alone, or 0000-MM-DD without the year (OIDC Core §5.1).
_BIRTHDATE = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01]))?")
# The tag of a claim in a language (OIDC Core §5.2, BCP 47).
_LANGUAGE_TAG = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_MAX_TEXT: Final = 2048


def check_claims(claims: Mapping[str, Any]) -> None:
    """Refuse claims about a person that are not standard or of the wrong type.

    A text claim may carry a language tag, `name#ja-Kana-JP` (OIDC Core §5.2). `sub` is ours
    to give. Raises ValueError that names the key.
    """
    for name, value in claims.items():
        plain, hash_sign, tag = name.partition("#")
        expected = CLAIM_TYPES.get(plain)
        if expected is None:
            raise ValueError(f"{name}: not a standard claim")
        if plain == "sub":
            raise ValueError("sub: cannot be set")
        if hash_sign and (expected in ("boolean", "number") or not _LANGUAGE_TAG.fullmatch(tag)):
            raise ValueError(f"{name}: no such language variant")
        _check_value(name, expected, value)


def _check_value(name: str, expected: str, value: Any) -> None:
    if expected == "boolean":
        good = isinstance(value, bool)
    elif expected == "number":
        good = _is_moment(value)
    elif expected == "object":
        good = _is_address(value)
    else:
        good = _is_text(value)
    if good and expected == "date":
        good = _BIRTHDATE.fullmatch(value) is not None
    if not good:
        raise ValueError(f"{name}: must be a {expected}")
    if expected == "URL":
        _check_url(name, value)


def _check_url(name: str, value: str) -> None:
    # Shown as a link by clients, so no `javascript:`.
    try:
        check_link(value)
    except ValueError as reason:
        raise ValueError(f"{name}: {reason}") from None


def _is_moment(value: Any) -> bool:
    # Seconds since 1970; 2**53 is as far as every JSON reader counts (RFC 8259 §6).
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**53


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_TEXT and "\0" not in value


def _is_address(value: Any) -> bool:
    return isinstance(value, dict) and all(
        member in ADDRESS_MEMBERS and _is_text(text) for member, text in value.items()
    )
