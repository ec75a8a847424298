"""The shape of a client's `jwks`: public keys and nothing else (RFC 7517, RFC 7518 §6)."""

import re
from collections.abc import Mapping
from typing import Any, Final

MAX_KEYS: Final = 20
MIN_RSA_BITS: Final = 2048
_REQUIRED: Final = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
# RFC 7518 §6.2.2, §6.3.2, §6.4.1; RFC 8037 §2; RFC 9964's seed is `priv`.
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
_BASE64URL = re.compile(r"[A-Za-z0-9_\-]+")


def check_public_jwks(jwks: Mapping[str, Any]) -> None:
    """Refuse a key set with private, symmetric, malformed or weak keys; ValueError says why.

    Keys of a type we do not know are refused too: a client would wait in vain for them to
    be used.
    """
    keys = jwks.get("keys")
    if not isinstance(keys, list) or not keys:
        raise ValueError("must have a list of keys")
    if len(keys) > MAX_KEYS:
        raise ValueError(f"has more than {MAX_KEYS} keys")
    for number, key in enumerate(keys):
        if not isinstance(key, dict):
            raise ValueError(f"key {number} is not an object")
        _check_key(number, key)
    kids = [key["kid"] for key in keys if "kid" in key]
    if len(set(kids)) != len(kids):
        raise ValueError("has two keys with the same kid")


def _check_key(number: int, key: Mapping[str, Any]) -> None:
    if not _PRIVATE.isdisjoint(key):
        raise ValueError(f"key {number} is not a public key")
    required = _REQUIRED.get(str(key.get("kty")))
    if required is None:
        raise ValueError(f"key {number} must have kty RSA, EC or OKP")
    for name in required:
        value = key.get(name)
        if not isinstance(value, str) or not _BASE64URL.fullmatch(value):
            raise ValueError(f"key {number} has no usable {name}")
    if not isinstance(key.get("kid", ""), str):
        raise ValueError(f"key {number} has a kid that is not text")
    # RFC 7518 §3.3: 2048 bits or more. Six bits a character, leading zeros not counted.
    if key["kty"] == "RSA" and len(key["n"].lstrip("A")) * 6 < MIN_RSA_BITS:
        raise ValueError(f"key {number} has fewer than {MIN_RSA_BITS} bits")
