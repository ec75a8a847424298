"""What binds an ID token to what is sent beside it (OIDC Core §3.1.3.6, §3.3.2.11)."""

from hashlib import sha256, sha512

from consentry.crypto import base64url


def half_hash(value: str, alg: str) -> str:
    """The left half of a value's hash, by the hash of the signature: `at_hash`, `c_hash`.

    value: a token or code, ASCII. alg: one of SIGNING_ALGS. Returns base64url, no padding.
    """
    digest = (sha512 if alg in ("EdDSA", "Ed25519") else sha256)(value.encode("ascii")).digest()
    return base64url.encode(digest[: len(digest) // 2])
