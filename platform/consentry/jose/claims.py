"""What the claims of a verified token must say (RFC 7519 §4.1, RFC 8725 §3.8-3.9)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from .compact import BadToken

Claims = dict[str, Any]

_TIMES: Final = ("exp", "nbf", "iat", "auth_time")


@dataclass(frozen=True, slots=True)
class Expected:
    """now and leeway in seconds. An audience of several accepts a token meant for any of them.

    None for issuer or audience: not looked at. require: names that must be there.
    """

    now: int
    issuer: str | None
    audience: str | Collection[str] | None
    leeway: int
    require: Collection[str]
    ignore_exp: bool

    def check(self, claims: Claims) -> None:
        """Raises BadToken with the first thing that is wrong."""
        for name in self.require:
            if name not in claims:
                raise BadToken(f"the token has no {name}")
        for name in _TIMES:
            if name in claims:
                _check_time(name, claims[name])
        self._check_lifetime(claims)
        self._check_parties(claims)

    def _check_lifetime(self, claims: Claims) -> None:
        if not self.ignore_exp:
            if "exp" not in claims:
                raise BadToken("the token has no exp")
            if self.now >= claims["exp"] + self.leeway:
                raise BadToken("the token has expired")
        if "nbf" in claims and self.now + self.leeway < claims["nbf"]:
            raise BadToken("the token is not valid yet")

    def _check_parties(self, claims: Claims) -> None:
        if self.issuer is not None and claims.get("iss") != self.issuer:
            raise BadToken("the token's iss is another")
        if self.audience is None:
            return
        accepted = {self.audience} if isinstance(self.audience, str) else set(self.audience)
        if accepted.isdisjoint(_audiences(claims.get("aud"))):
            raise BadToken("the token's aud is another")


def _check_time(name: str, value: object) -> None:
    """A NumericDate is a number of seconds (RFC 7519 §2); True is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadToken(f"the token's {name} is not a number")


def _audiences(aud: object) -> list[str]:
    named = aud if isinstance(aud, list) else [aud]
    return [one for one in named if isinstance(one, str)]
