"""Random secrets we only ever compare: kept as their SHA-256.

A fast hash is right for these and only these: they are too random to guess, so there is
nothing for a slow one to slow down. Passwords go to `passwords`.
"""

import hashlib
import hmac
from secrets import token_urlsafe


def new_secret(nbytes: int = 32) -> str:
    """Random bytes as base64url text without padding: 43 characters for 32 bytes."""
    return token_urlsafe(nbytes)


def digest(secret: str) -> bytes:
    """SHA-256 (32 bytes) of a secret's UTF-8: what is stored."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def matches(secret: str, secret_digest: bytes) -> bool:
    """Whether a secret has this digest, in constant time."""
    return hmac.compare_digest(digest(secret), secret_digest)
