"""What makes an ID token believable (OIDC Core §3.1.3.7)."""

import hmac
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

from consentry.jose.algorithms import HMAC_ALG, SIGNING_ALGS
from consentry.jose.compact import BadToken, Compact
from consentry.jose.half_hash import half_hash
from consentry.jose.verify import Verified, verify, verify_hmac

from .errors import InvalidIdToken, Misconfigured
from .metadata import Jwks

LEEWAY: Final = 120
_REQUIRED: Final = ("iss", "sub", "aud", "exp", "iat")
_AT_HASH_REFUSED: Final = "the ID token's at_hash is not this access token's"


@dataclass(frozen=True, slots=True)
class Expectations:
    """What an ID token must say. issuers: any of these. nonce: None when none was sent.

    algs: those the provider announces; HS256 counts only with a client_secret.
    access_token: sent beside it, for `at_hash`. max_age: as it was asked for, None when it was
    not. now, leeway, max_age: seconds.
    """

    issuers: Collection[str]
    client_id: str
    now: int
    algs: Collection[str] = ("RS256",)
    client_secret: str = field(default="", repr=False)
    nonce: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)
    leeway: int = LEEWAY
    max_age: int | None = None


async def validated(id_token: str, jwks: Jwks, expected: Expectations) -> dict[str, Any]:
    """The claims of an ID token. Raises InvalidIdToken.

    jwks: the provider's keys.
    """
    if not expected.issuers:
        raise Misconfigured("an ID token needs an issuer: server_metadata_url, or issuer=")
    try:
        found = await verified_by(Compact.parse(id_token), id_token, jwks, expected)
        _check_kind(found.header)
        _check_claims(found, expected)
    except BadToken as error:
        raise InvalidIdToken(str(error)) from None
    return found.claims


async def verified_by(
    jws: Compact, token: str, jwks: Jwks, expected: Expectations,
    require: Collection[str] = _REQUIRED,
) -> Verified:  # fmt: skip
    """Signature, audience and times; the algorithm decides before any key is chosen.

    require: claims that must be there. Raises BadToken.
    """
    if jws.alg not in expected.algs:
        raise BadToken("the token's alg is none that the provider announces")
    if jws.alg == HMAC_ALG:
        return verify_hmac(
            token, [expected.client_secret], typ=None, now=expected.now,
            audience=expected.client_id, leeway=expected.leeway, require=require,
        )  # fmt: skip
    return verify(
        token, await jwks.keys(jws.kid), algs=frozenset(expected.algs) & set(SIGNING_ALGS),
        typ=None, now=expected.now, audience=expected.client_id, leeway=expected.leeway,
        require=require,
    )  # fmt: skip


def _check_kind(header: dict[str, Any]) -> None:
    """A logout token or an access token is no ID token (RFC 8725 §3.11)."""
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") != "jwt":
        raise BadToken("the token's typ is not that of an ID token")


def _check_claims(found: Verified, expected: Expectations) -> None:
    claims = found.claims
    if claims["iss"] not in expected.issuers:
        raise BadToken("the ID token is another issuer's")
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise BadToken("the ID token has no sub that is text")
    if claims["iat"] > expected.now + expected.leeway:
        raise BadToken("the ID token is from the future")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else expected.client_id) != expected.client_id:
        raise BadToken("the ID token was issued to another client")
    if expected.nonce is not None and not _same(claims.get("nonce"), expected.nonce):
        raise BadToken("the ID token's nonce is not that of this login")
    if expected.max_age is not None:
        _check_auth_time(claims.get("auth_time"), expected.max_age, expected)
    if "at_hash" in claims and expected.access_token is not None:
        own = half_hash(expected.access_token, str(found.header["alg"]))
        if not _same(claims["at_hash"], own):
            raise BadToken(_AT_HASH_REFUSED)


def _check_auth_time(given: object, max_age: int, expected: Expectations) -> None:
    """What a browser carried may have lost its `max_age` on the way; the ID token tells."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise BadToken("the ID token has no auth_time, which max_age asks for")
    if given + max_age + expected.leeway < expected.now:
        raise BadToken("the person has not proven who they are for longer than max_age")


def _same(given: object, own: str) -> bool:
    return isinstance(given, str) and hmac.compare_digest(given.encode(), own.encode())
