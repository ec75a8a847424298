"""Checking signed tokens, by the rules of RFC 8725."""

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from joserfc.jwk import Key

from . import strict_json
from .algorithms import CURVES, HMAC_ALG, KEY_TYPES, SIGNING_ALGS, algorithm
from .claims import Claims, Expected
from .compact import BadToken, Compact
from .jwks import PublicJwk, import_public

__all__ = ["BadToken", "Verified", "verify", "verify_hmac"]

# A token that names no key may cost this many signature checks, no more.
MAX_TRIES: Final = 8


@dataclass(frozen=True, slots=True)
class Verified:
    """A token whose signature and claims hold."""

    header: dict[str, Any]
    claims: Claims


def verify(
    token: str,
    keys: Sequence[PublicJwk],
    *,
    algs: frozenset[str],
    typ: str | None,
    now: int,
    issuer: str | None = None,
    audience: str | Collection[str] | None = None,
    leeway: int = 0,
    require: Collection[str] = (),
    ignore_exp: bool = False,
) -> Verified:
    """Check a compact JWS signed with one of these public keys; raises BadToken.

    algs: those allowed here; decided before any key is looked at, and only signature
    algorithms count, so no public key ever serves as an HMAC secret (RFC 8725 §2.1, §3.1).
    keys: the header's `kid` chooses among these and nothing else does.
    typ: the kind of token expected; None takes any (RFC 8725 §3.11).
    now, leeway: seconds. `exp` must be there and ahead, unless `ignore_exp`.
    """
    jws = Compact.parse(token)
    if jws.alg not in algs or jws.alg not in SIGNING_ALGS:
        raise BadToken("the token's alg is not allowed here")
    if typ is not None:
        jws.check_typ(typ)
    if not any(_fits(jws, key) for key in _candidates(jws, keys)):
        raise BadToken("the signature does not fit")
    expected = Expected(now, issuer, audience, leeway, require, ignore_exp)
    return _verified(jws, expected)


def verify_hmac(
    token: str,
    secrets: Sequence[str],
    *,
    typ: str | None,
    now: int,
    issuer: str | None = None,
    audience: str | Collection[str] | None = None,
    leeway: int = 0,
    require: Collection[str] = (),
) -> Verified:
    """Check an HS256 JWS made with one of these shared secrets; raises BadToken.

    The key is the secret's UTF-8 (OIDC Core §10.1). An empty secret is no secret.
    """
    jws = Compact.parse(token)
    if jws.alg != HMAC_ALG:
        raise BadToken("the token's alg is not allowed here")
    if typ is not None:
        jws.check_typ(typ)
    macs = [hmac.digest(one.encode(), jws.signing_input, "sha256") for one in secrets if one]
    if not any([hmac.compare_digest(mac, jws.signature) for mac in macs]):
        raise BadToken("the signature does not fit")
    return _verified(jws, Expected(now, issuer, audience, leeway, require, ignore_exp=False))


def _verified(jws: Compact, expected: Expected) -> Verified:
    try:
        claims = strict_json.parse_object(jws.payload)
    except ValueError as error:
        raise BadToken(f"malformed claims: {error}") from None
    expected.check(claims)
    return Verified(jws.header, claims)


def _candidates(jws: Compact, keys: Sequence[PublicJwk]) -> list[PublicJwk]:
    """The keys this token may be signed with: of its type and use, and of its `kid` if named."""
    fitting = [key for key in keys if _suits(jws.alg, key)]
    if jws.kid is not None:
        fitting = [key for key in fitting if key.get("kid", jws.kid) == jws.kid]
    if not fitting:
        raise BadToken("no key given fits the token's alg and kid")
    if len(fitting) > MAX_TRIES:
        raise BadToken("the token must name its key: too many fit")
    return fitting


def _suits(alg: str, key: PublicJwk) -> bool:
    """RFC 7517 §4.1-4.4. The two names of Ed25519 are one algorithm (RFC 9864 §2.2)."""
    if key.get("kty") != KEY_TYPES[alg] or key.get("crv") != CURVES.get(alg):
        return False
    same = ("EdDSA", "Ed25519") if KEY_TYPES[alg] == "OKP" else (alg,)
    return key.get("use", "sig") == "sig" and key.get("alg", alg) in same


def _fits(jws: Compact, jwk: PublicJwk) -> bool:
    try:
        key = _imported(*(jwk.get(name) for name in ("kty", "crv", "x", "y", "n", "e")))
    except (TypeError, ValueError):
        return False
    return algorithm(jws.alg).verify(jws.signing_input, jws.signature, key)


@lru_cache(maxsize=1024)
def _imported(
    kty: str, crv: str | None, x: str | None, y: str | None, n: str | None, e: str | None
) -> Key:
    """Reading a key takes longer than using it, and the same ones come again and again."""
    parts = {"kty": kty, "crv": crv, "x": x, "y": y, "n": n, "e": e}
    return import_public({name: part for name, part in parts.items() if part is not None})
