"""A bearer token that was found good."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from consentry.spec.errors import InvalidScope, InvalidToken
from consentry.spec.scope import Scope


@dataclass(frozen=True, slots=True)
class AccessToken:
    """Whose it is and how far it reaches.

    claims: the claims of a JWT (RFC 9068 §2.2) or the members of an introspection answer
    (RFC 7662 §2.2). sub is who allowed it, or the client itself; expires_at in Unix seconds,
    None if not known. text: the token as it was sent, to hand on.
    """

    text: str = field(repr=False)
    claims: Mapping[str, Any] = field(hash=False)
    scope: Scope
    sub: str | None
    client_id: str | None
    expires_at: float | None

    @classmethod
    def of(cls, text: str, claims: Mapping[str, Any]) -> "AccessToken":
        """The token these claims describe. Raises InvalidToken for one of a wrong type, and
        for a token bound to a key: its bearer proved nothing (RFC 7800 §3, RFC 9449 §7.2).
        """
        if "cnf" in claims:
            raise InvalidToken("the token is bound to a key and does not count as Bearer")
        try:
            scope = Scope.parse(_text(claims, "scope"))
        except InvalidScope:
            raise InvalidToken("the token's scope is malformed") from None
        return cls(
            text=text,
            claims=MappingProxyType(dict(claims)),
            scope=scope,
            sub=_text(claims, "sub"),
            client_id=_text(claims, "client_id"),
            expires_at=claims.get("exp"),
        )

    def __getitem__(self, name: str) -> Any:
        return self.claims[name]

    def get(self, name: str, default: Any = None) -> Any:
        """A claim, or the default."""
        return self.claims.get(name, default)


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidToken(f"the token's {name} is not text")
    return value
