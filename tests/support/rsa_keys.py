"""RSA keys of clients that sign with them, each made once."""

from datetime import datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)


@cache
def _key(number: int) -> rsa.RSAPrivateKey:
    del number
    return rsa.generate_private_key(65_537, 2_048)


def private_pem(number: int = 0) -> str:
    """One of the numbered keys."""
    made = _key(number).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return made.decode()


def public_pem(number: int = 0) -> str:
    """Its other half."""
    made = _key(number).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return made.decode()


def certificate(now: datetime) -> str:
    """The other half of the first one in a certificate, as consumers of old registered it."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "printer.example.com")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(_key(0).public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now)
        .sign(_key(0), SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()
