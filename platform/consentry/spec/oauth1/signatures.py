"""Signature methods and how each is verified (RFC 5849 §3.4.2-3.4.4)."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from .encoding import escape
from .request import SignedRequest, hash_name

STANDARD_METHODS: Final = (
    "HMAC-SHA1",
    "HMAC-SHA256",
    "HMAC-SHA512",
    "RSA-SHA1",
    "RSA-SHA256",
    "RSA-SHA512",
    "PLAINTEXT",
)
# SHA-1 is what RFC 5849 has; where it may be used is for policy to say.
_HASHES: dict[str, HashAlgorithm] = {"sha1": SHA1(), "sha256": SHA256(), "sha512": SHA512()}  # noqa: S303
MIN_RSA_BITS: Final = 2_048


@dataclass(frozen=True)
class SignatureInput:
    """What a signature method is given.

    The secrets are empty where there are none; rsa_public_key is PEM, a key or a certificate.
    """

    request: SignedRequest
    client_secret: str = field(default="", repr=False)
    token_secret: str = field(default="", repr=False)
    rsa_public_key: str = ""


Verify = Callable[[SignatureInput], bool | Awaitable[bool]]


class SignatureMethods:
    """The methods of one server: the standard seven, and those registered with it."""

    def __init__(self) -> None:
        self._methods: dict[str, Verify] = {
            **{name: _hmac for name in STANDARD_METHODS[:3]},
            **{name: _rsa for name in STANDARD_METHODS[3:6]},
            "PLAINTEXT": _plaintext,
        }

    def register(self, name: str, verify: Verify) -> None:
        """Add a method, or replace one. `verify` says True or False, or returns an awaitable."""
        self._methods[name] = verify

    @property
    def names(self) -> tuple[str, ...]:
        """Every method known here."""
        return tuple(self._methods)

    def verify(self, name: str, given: SignatureInput) -> bool | Awaitable[bool]:
        """Whether the signature is good. Raises KeyError for an unknown method, and TypeError
        when a registered one answers anything but a bool: a text would count as true.
        """
        found = self._methods[name](given)
        if not isinstance(found, bool | Awaitable):
            raise TypeError(f"signature method {name} must answer True or False")
        return found


def signing_key(client_secret: str, token_secret: str) -> str:
    """Both secrets encoded and joined by `&`, which is always there (§3.4.2, §3.4.4)."""
    return f"{escape(client_secret)}&{escape(token_secret)}"


def hmac_signature(base_string: str, key: str, signature_method: str) -> str:
    """An HMAC signature in base64 (§3.4.2)."""
    digest = hmac.digest(key.encode(), base_string.encode(), hash_name(signature_method))
    return b64encode(digest).decode()


def rsa_hash(signature_method: str) -> HashAlgorithm:
    """The hash of an RSA method."""
    return _HASHES[hash_name(signature_method)]


@lru_cache(maxsize=1_024)
def load_rsa_public_key(pem: str) -> RSAPublicKey:
    """An RSA public key from PEM, a key or a certificate.

    Raises ValueError, or UnsupportedAlgorithm for a kind of key nobody here knows.
    """
    raw = pem.strip().encode()
    is_certificate = raw.startswith(b"-----BEGIN CERTIFICATE")
    key: object = (
        x509.load_pem_x509_certificate(raw).public_key()
        if is_certificate
        else load_pem_public_key(raw)
    )
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA key")
    return key


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _hmac(given: SignatureInput) -> bool:
    # RFC 5849 §4.9: a client without a secret is no client with an empty one.
    key = signing_key(given.client_secret, given.token_secret)
    name = given.request.signature_method
    expected = hmac_signature(given.request.base_string, key, name)
    return _equal(expected, given.request.signature) and bool(given.client_secret)


def _plaintext(given: SignatureInput) -> bool:
    key = signing_key(given.client_secret, given.token_secret)
    return _equal(key, given.request.signature) and bool(given.client_secret)


def _rsa(given: SignatureInput) -> bool:
    """RSASSA-PKCS1-v1_5; the secrets play no part (§3.4.3)."""
    try:
        key = load_rsa_public_key(given.rsa_public_key)
        key.verify(
            b64decode(given.request.signature, validate=True),
            given.request.base_string.encode(),
            PKCS1v15(),
            rsa_hash(given.request.signature_method),
        )
    except (ValueError, UnsupportedAlgorithm, InvalidSignature):
        return False
    return True
