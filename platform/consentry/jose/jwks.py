"""Public keys as JSON (RFC 7517): what a client may register or publish."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from joserfc import jwk as joserfc_jwk
from joserfc.errors import JoseError
from joserfc.jwk import DictKey, ECKey, Key, OKPKey, RSAKey

from consentry.crypto import base64url

MAX_BYTES: Final = 64 * 1024
MAX_KEYS: Final = 50
RSA_MIN_BITS: Final = 2048
RSA_MAX_BITS: Final = 8192

# RFC 7638 §3.2, RFC 8037 §2: the members that make the key, all others being remarks on it.
_ESSENTIAL: Final = {
    "RSA": ("e", "kty", "n"),
    "EC": ("crv", "kty", "x", "y"),
    "OKP": ("crv", "kty", "x"),
}
_CURVES: Final = {"EC": "P-256", "OKP": "Ed25519"}
_REMARKS: Final = ("kid", "use", "alg")
# RFC 7518 §6.2.2, §6.3.2, §6.4: what no one may show.
_SECRET: Final = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")

PublicJwk = dict[str, Any]


class WeakKey(ValueError):
    """An RSA key outside the sizes we check."""


def public_only(jwks: object) -> list[PublicJwk]:
    """The signature keys of a JWK Set someone else made, trimmed to what we use.

    Keys of a type or curve we do not know, and keys for encryption, are left out (RFC 7517 §5);
    so are `x5c`, `x5u` and their like. Raises ValueError, with a short reason, for a set over
    64 KiB or 50 keys, any private or shared key, an RSA key under 2048 bits, a malformed key,
    and where nothing usable is left.
    """
    usable = [_public(key) for key in _listed(jwks) if _is_for_us(key)]
    if not usable:
        raise ValueError("no key in the JWK Set can verify a signature here")
    return usable


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """SHA-256 thumbprint of a public key (RFC 7638 §3): 43 base64url characters."""
    return joserfc_jwk.thumbprint({name: jwk[name] for name in _ESSENTIAL[jwk["kty"]]})


def import_public(jwk: Mapping[str, Any]) -> Key:
    """The key a public JWK describes, ready to verify; raises ValueError."""
    try:
        parts = {name: jwk[name] for name in _ESSENTIAL[jwk["kty"]]}
    except (KeyError, TypeError):
        raise ValueError("a key lacks a member its type requires") from None
    if not all(isinstance(part, str) for part in parts.values()):
        raise ValueError("a key's members are not text")
    return _import(parts)


def _listed(jwks: object) -> list[dict[str, Any]]:
    keys = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise ValueError("not a JWK Set: `keys` is a list of objects")
    if len(keys) > MAX_KEYS:
        raise ValueError(f"a JWK Set has at most {MAX_KEYS} keys, not {len(keys)}")
    try:
        size = len(orjson.dumps(jwks))
    except TypeError:
        raise ValueError("the JWK Set is not JSON") from None
    if size > MAX_BYTES:
        raise ValueError(f"a JWK Set has at most {MAX_BYTES} bytes, not {size}")
    return keys


def _is_for_us(key: Mapping[str, Any]) -> bool:
    """Whether to take a key up; secrets are refused even in keys we would leave out."""
    kty = key.get("kty")
    if kty == "oct" or any(name in key for name in _SECRET):
        raise ValueError("a private or shared key in a public JWK Set")
    if not isinstance(kty, str) or kty not in _ESSENTIAL or key.get("use", "sig") != "sig":
        return False
    return kty == "RSA" or key.get("crv") == _CURVES[kty]


def _public(key: Mapping[str, Any]) -> PublicJwk:
    remarks = {name: key[name] for name in _REMARKS if name in key}
    if not all(isinstance(remark, str) for remark in remarks.values()):
        raise ValueError("a key's `kid`, `use` or `alg` is not text")
    import_public(key)
    return {name: key[name] for name in _ESSENTIAL[key["kty"]]} | remarks


def _import(parts: DictKey) -> Key:
    kty = parts["kty"]
    try:
        if kty == "RSA":
            _check_size(base64url.decode(str(parts["n"])))
            return RSAKey.import_key(parts)
        return ECKey.import_key(parts) if kty == "EC" else OKPKey.import_key(parts)
    except WeakKey:
        raise
    except (JoseError, KeyError, ValueError) as error:
        raise ValueError(f"a malformed {kty} key") from error


def _check_size(modulus: bytes) -> None:
    """RFC 7518 §3.3 asks for 2048 bits or more; past 8192 each check costs too much."""
    bits = int.from_bytes(modulus, "big").bit_length()
    if not RSA_MIN_BITS <= bits <= RSA_MAX_BITS:
        raise WeakKey(f"an RSA key has {RSA_MIN_BITS} to {RSA_MAX_BITS} bits, not {bits}")
