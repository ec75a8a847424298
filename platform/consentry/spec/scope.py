"""Scope as a value: an ordered set of scope-tokens (RFC 6749 §3.3)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .errors import InvalidScope

# scope-token = 1*( %x21 / %x23-5B / %x5D-7E ); tokens are parted by %x20 alone.
_SCOPE = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]*")
_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")

OPENID: Final = "openid"
OFFLINE_ACCESS: Final = "offline_access"
CLAIMS_BY_SCOPE: Final[dict[str, tuple[str, ...]]] = {
    "profile": (
        "name",
        "family_name",
        "given_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "updated_at",
    ),
    "email": ("email", "email_verified"),
    "address": ("address",),
    "phone": ("phone_number", "phone_number_verified"),
}
"""Which claims a scope value asks for (OIDC Core §5.4)."""
OIDC_CLAIM_SCOPES: Final = tuple(CLAIMS_BY_SCOPE)


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """Scope-tokens in the order first named, none twice; equal as sets."""

    names: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str | None) -> "Scope":
        """The scope a parameter spells; empty when omitted.

        More than one space between tokens is tolerated, any other separator is not.
        Raises InvalidScope (RFC 6749 §3.3).
        """
        if not text:
            return cls()
        if not _SCOPE.fullmatch(text):
            raise InvalidScope("scope has a character that is not allowed", received=text)
        return cls(tuple(dict.fromkeys(name for name in text.split(" ") if name)))

    @classmethod
    def of(cls, *names: str) -> "Scope":
        """A scope of these tokens. Raises InvalidScope when one is not a scope-token."""
        for name in names:
            if not _TOKEN.fullmatch(name):
                raise InvalidScope(f"{name} is not a scope-token", received=name)
        return cls(tuple(dict.fromkeys(names)))

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __len__(self) -> int:
        return len(self.names)

    def __bool__(self) -> bool:
        return bool(self.names)

    def __str__(self) -> str:
        return " ".join(self.names)

    def __eq__(self, other: object) -> bool:
        # The order of the tokens does not matter (RFC 6749 §3.3).
        return isinstance(other, Scope) and set(self.names) == set(other.names)

    def __hash__(self) -> int:
        return hash(frozenset(self.names))

    def __le__(self, other: "Scope") -> bool:
        return set(self.names) <= set(other.names)

    def __and__(self, other: "Scope") -> "Scope":
        kept = set(other.names)
        return Scope(tuple(name for name in self.names if name in kept))

    def __or__(self, other: "Scope") -> "Scope":
        return Scope(tuple(dict.fromkeys(self.names + other.names)))

    def __sub__(self, other: "Scope") -> "Scope":
        dropped = set(other.names)
        return Scope(tuple(name for name in self.names if name not in dropped))


_NEVER_BY_DEFAULT: Final = Scope((OPENID, OFFLINE_ACCESS, *OIDC_CLAIM_SCOPES))


def default_scope(registered: Scope) -> Scope:
    """What a request that names no scope gets (RFC 6749 §3.3 leaves it to us).

    What is about the person (`openid`, the claim scopes) and what outlives the login
    (`offline_access`) is given only when asked for.
    """
    return registered - _NEVER_BY_DEFAULT
