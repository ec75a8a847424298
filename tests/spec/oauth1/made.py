"""Requests and RSA keys for these tests."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from consentry.spec.oauth1.header import format_header
from consentry.spec.oauth1.request import SignedRequest
from consentry.spec.oauth1.signatures import SignatureInput, SignatureMethods
from consentry.spec.oauth1.signing import Credentials, Signed, sign_request

NOW = 1_700_000_000
FORM = "application/x-www-form-urlencoded"
URL = "https://photos.example.net/photos"
PROTOCOL = {
    "oauth_consumer_key": "dpf43f3p2l4k3l03",
    "oauth_token": "nnch734d00sl2jdk",
    "oauth_signature_method": "HMAC-SHA1",
    "oauth_timestamp": str(NOW),
    "oauth_nonce": "chapoH",
    "oauth_signature": "c2lnbmF0dXJl",
}
METHODS = SignatureMethods()


def header(**changes: str | None) -> str:
    """An Authorization header of PROTOCOL; None leaves a parameter out."""
    merged = {**PROTOCOL, **changes}
    return format_header([(name, text) for name, text in merged.items() if text is not None])


def parsed(
    url: str = URL, method: str = "GET", body: bytes = b"", content_type: str | None = None,
    **changes: str | None,
) -> SignedRequest:  # fmt: skip
    """A request with PROTOCOL in its header."""
    return SignedRequest.parse(
        method, url, authorization=header(**changes), content_type=content_type, body=body
    )


def parsed_with(changes: Mapping[str, str | None]) -> SignedRequest:
    """The same, the changes by name."""
    return SignedRequest.parse("GET", URL, authorization=header(**changes))


def received(method: str, signed: Signed) -> SignedRequest:
    """What a server parses of a request as it was sent."""
    return SignedRequest.parse(
        method,
        signed.url,
        authorization=signed.headers.get("Authorization"),
        content_type=signed.headers.get("Content-Type"),
        body=signed.body,
    )


def signed(credentials: Credentials, method: str = "GET", url: str = URL, **how: Any) -> Signed:
    """The request signed at NOW."""
    return sign_request(credentials, method, url, **{"timestamp": NOW, "nonce": "chapoH", **how})


def holds(request: SignedRequest, credentials: Credentials, rsa_public_key: str = "") -> bool:
    """Whether a standard signature is that of these credentials."""
    given = SignatureInput(
        request, credentials.client_secret, credentials.token_secret, rsa_public_key
    )
    found = METHODS.verify(request.signature_method, given)
    assert isinstance(found, bool)
    return found


@cache
def rsa_key(number: int = 0) -> rsa.RSAPrivateKey:
    """One of the numbered keys, made once."""
    del number
    return rsa.generate_private_key(65_537, 2_048)


def private_pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    """As a client holds it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    """As a client registers it."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def certificate_pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    """A certificate signed by the key itself."""
    name, now = x509.Name([]), datetime(2024, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=1,
        not_valid_before=now,
        not_valid_after=now + timedelta(days=1),
    )
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()
