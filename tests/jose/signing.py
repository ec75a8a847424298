"""Keys and hand-made tokens for these tests."""

from functools import cache
from typing import Any

import orjson

from consentry.crypto import base64url
from consentry.jose.algorithms import SIGNING_ALGS
from consentry.jose.keys import PrivateKey, generate

NOW = 1_700_000_000
ISSUER = "https://acme.example.com"
CLAIMS: dict[str, Any] = {"iss": ISSUER, "aud": "client", "exp": NOW + 60, "sub": "jane"}


@cache
def key(alg: str, number: int = 0) -> PrivateKey:
    """One of the numbered keys of an algorithm, made once."""
    del number
    return generate(alg)


def segment(value: object) -> str:
    """One part of a compact JWS: bytes as they are, anything else as JSON."""
    return base64url.encode(value if isinstance(value, bytes) else orjson.dumps(value))


def forge(header: object, payload: object, signer: PrivateKey) -> str:
    """A well-signed token whatever its header says."""
    signing_input = f"{segment(header)}.{segment(payload)}"
    return f"{signing_input}.{segment(signer.sign(signing_input.encode()))}"


ALL_ALGS = frozenset(SIGNING_ALGS)
