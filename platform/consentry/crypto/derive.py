"""Keys out of keys: HKDF with SHA-256 (RFC 5869)."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def subkey(secret: bytes, info: str, *, length: int = 32) -> bytes:
    """A key of `length` bytes for one use of a secret (RFC 5869 §2).

    info: names the use; keys of different names say nothing about one another (§3.2).
    No salt: the secrets it is given are already random or long (§3.1).
    """
    return HKDF(SHA256(), length=length, salt=None, info=info.encode()).derive(secret)


def bound(purpose: str, tenant_id: bytes, version: int) -> bytes:
    """What a sealed value is tied to: purpose | tenant | key version (2 bytes, big-endian).

    A purpose holds no `|`, and the version's size is fixed, so no two triples give equal bytes.
    """
    if not purpose or "|" in purpose:
        raise ValueError(f"no purpose: {purpose!r}")
    return b"|".join((purpose.encode(), tenant_id, version.to_bytes(2, "big")))
