"""Assertions a client makes about itself (RFC 7523 §3)."""

import hmac
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from consentry.crypto import base64url
from consentry.crypto.secrets import new_secret
from consentry.jose.algorithms import HMAC_ALG
from consentry.jose.keys import PrivateKey

from .errors import Misconfigured

LIFETIME: Final = 60


def hmac_assertion(client_id: str, secret: str, audience: str, now: float) -> str:
    """An HS256 assertion under the client's secret, whose UTF-8 is the key (OIDC Core §10.1)."""
    return _signed(
        {"alg": HMAC_ALG, "typ": "JWT"},
        _claims(client_id, audience, now),
        lambda message: hmac.digest(secret.encode(), message, "sha256"),
    )


def private_key_assertion(
    client_id: str, pem: str | bytes, audience: str, now: float, *, alg: str = "", kid: str = ""
) -> str:
    """An assertion under the client's private key. Raises Misconfigured for a key that is none."""
    key = _private_key(pem.encode() if isinstance(pem, str) else pem, alg)
    header = {"alg": key.alg, "kid": kid or key.kid, "typ": "JWT"}
    return _signed(header, _claims(client_id, audience, now), key.sign)


def _signed(
    header: dict[str, str], claims: dict[str, Any], sign: Callable[[bytes], bytes]
) -> str:  # fmt: skip
    """A compact JWS (RFC 7515 §3.1)."""
    signing_input = ".".join(base64url.encode(orjson.dumps(part)) for part in (header, claims))
    return f"{signing_input}.{base64url.encode(sign(signing_input.encode('ascii')))}"


def _claims(client_id: str, audience: str, now: float) -> dict[str, Any]:
    """Short-lived and good for one use (RFC 7523 §3, OIDC Core §9)."""
    return {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "jti": new_secret(16),
        "iat": int(now),
        "exp": int(now) + LIFETIME,
    }


@lru_cache(maxsize=64)
def _private_key(pem: bytes, alg: str) -> PrivateKey:
    try:
        native = load_pem_private_key(pem.strip(), None)
        data = native.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return PrivateKey.from_bytes(alg or _usual_alg(native), data)
    except (TypeError, ValueError):
        raise Misconfigured("private_key_jwt needs a private key in PEM, fit for its alg") from None


def _usual_alg(native: object) -> str:
    match native:
        case RSAPrivateKey():
            return "RS256"
        case EllipticCurvePrivateKey():
            return "ES256"
        case Ed25519PrivateKey():
            return "EdDSA"
    raise ValueError("not a kind of key we sign with")
