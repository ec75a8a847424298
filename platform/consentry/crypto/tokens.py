"""Sealed bytes as text a client can carry: a prefix that names the kind, then base64url."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from .seal import Unsealable

CODE: Final = "cns_ac_"
ACCESS: Final = "cns_at_"
REFRESH: Final = "cns_rt_"
MAX_CHARACTERS: Final = 4096


def encode(prefix: str, raw: bytes) -> str:
    """Prefix and base64url without padding (RFC 4648 §5). Raises ValueError past 4096."""
    text = prefix + urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"a token of {len(text)} characters; at most {MAX_CHARACTERS}")
    return text


def decode(prefix: str, text: str) -> bytes:
    """The bytes of the one spelling `encode` gives them; raises Unsealable for any other.

    The last character carries spare bits, and lenient decoders skip what they do not know. Both
    would give one token many spellings, and a list of revoked ones would miss all but one
    (RFC 4648 §3.3, §3.5).
    """
    if len(text) > MAX_CHARACTERS:
        raise Unsealable("too long for a token")
    if not text.startswith(prefix):
        raise Unsealable("not a token of this kind")
    body = text[len(prefix) :]
    try:
        raw = urlsafe_b64decode(body + "=" * (-len(body) % 4))
    except (binascii.Error, ValueError):
        raise Unsealable("not base64url") from None
    if urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") != body:
        raise Unsealable("not the canonical spelling")
    return raw
