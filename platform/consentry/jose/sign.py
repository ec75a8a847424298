"""Signed tokens: compact JWS (RFC 7515 §3.1)."""

from typing import Any

import orjson

from consentry.crypto import base64url

from .keys import PrivateKey


def sign(claims: dict[str, Any], key: PrivateKey, *, typ: str) -> str:
    """Claims as a signed JWT: header (alg, kid, typ), claims, signature.

    typ: tells kinds of token apart, so that none passes for another (RFC 8725 §3.11).
    Raises TypeError for claims that JSON cannot carry.
    """
    signing_input = f"{key.header(typ)}.{base64url.encode(orjson.dumps(claims))}"
    signature = key.sign(signing_input.encode("ascii"))
    return f"{signing_input}.{base64url.encode(signature)}"
