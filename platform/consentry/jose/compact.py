"""A compact JWS taken apart (RFC 7515 §7.1), nothing in it believed yet."""

from dataclasses import dataclass
from typing import Any, Final, Self

from consentry.crypto import base64url

from . import strict_json

MAX_CHARACTERS: Final = 16 * 1024


class BadToken(ValueError):
    """Not a token to accept; says why in a few words that are safe to show."""


@dataclass(frozen=True, slots=True)
class Compact:
    """alg and kid as the header claims them; signing_input is what the signature covers."""

    header: dict[str, Any]
    alg: str
    kid: str | None
    signing_input: bytes
    payload: bytes
    signature: bytes

    @classmethod
    def parse(cls, token: str) -> Self:
        """Raises BadToken if it is over 16 KiB, malformed, or has a `crit` header.

        We know no critical extension, so whatever `crit` names must be refused (RFC 7515
        §4.1.11). `jku`, `jwk`, `x5u` and `x5c` are never looked at (RFC 8725 §3.10).
        """
        if len(token) > MAX_CHARACTERS:
            raise BadToken(f"the token is over {MAX_CHARACTERS} characters")
        parts = token.split(".")
        if len(parts) != 3:
            raise BadToken("not a compact JWS of three parts")
        try:
            header_raw, payload, signature = (base64url.decode(part) for part in parts)
            header = strict_json.parse_object(header_raw)
        except ValueError as error:
            raise BadToken(f"malformed token: {error}") from None
        if "crit" in header:
            raise BadToken("a critical header we do not know")
        return cls(
            header=header,
            alg=_text(header, "alg"),
            kid=_text(header, "kid") if "kid" in header else None,
            signing_input=token.rpartition(".")[0].encode("ascii"),
            payload=payload,
            signature=signature,
        )

    def check_typ(self, typ: str) -> None:
        """Raises BadToken for a token of another kind.

        Case does not count and `application/` may be left out (RFC 7515 §4.1.9).
        """
        if _media_type(self.header.get("typ")) != _media_type(typ):
            raise BadToken(f"the token's typ is not {typ}")


def kid_of(token: str) -> str | None:
    """The key a token claims to be signed with; None if it names none or is no JWS."""
    try:
        return Compact.parse(token).kid
    except BadToken:
        return None


def _text(header: dict[str, Any], name: str) -> str:
    value = header.get(name)
    if not isinstance(value, str):
        raise BadToken(f"the header has no {name} that is text")
    return value


def _media_type(typ: object) -> str | None:
    return typ.lower().removeprefix("application/") if isinstance(typ, str) else None
