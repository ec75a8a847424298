"""Credentials of nobody: what a signature is checked against when there is nothing else.

So an unknown client or token takes as long to refuse as a wrong signature (CWE-208).
"""

import secrets
from functools import cache

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@cache
def secret() -> str:
    """A secret nobody was ever given."""
    return secrets.token_urlsafe(32)


@cache
def rsa_public_key() -> str:
    """A public key, in PEM, whose modulus is a random number: no one can sign for it."""
    modulus = secrets.randbits(2048) | 1 << 2047 | 1
    key = RSAPublicNumbers(65537, modulus).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
