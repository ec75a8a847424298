"""Sealed bytes as text a client can carry: a prefix that names the kind, then base64url."""

from typing import Final

from . import base64url
from .seal import Unsealable

CODE: Final = "cns_ac_"
ACCESS: Final = "cns_at_"
REFRESH: Final = "cns_rt_"
TEMPORARY_CREDENTIAL: Final = "cns_tc_"
TOKEN_CREDENTIAL: Final = "cns_ot_"  # noqa: S105
MAX_CHARACTERS: Final = 4096


def encode(prefix: str, raw: bytes) -> str:
    """Prefix and base64url without padding. Raises ValueError past 4096 characters."""
    text = prefix + base64url.encode(raw)
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"a token of {len(text)} characters; at most {MAX_CHARACTERS}")
    return text


def decode(prefix: str, text: str) -> bytes:
    """The bytes of the one spelling `encode` gives them; raises Unsealable for any other.

    With a second spelling a revoked token would come back as an unknown one.
    """
    if len(text) > MAX_CHARACTERS:
        raise Unsealable("too long for a token")
    if not text.startswith(prefix):
        raise Unsealable("not a token of this kind")
    try:
        return base64url.decode(text[len(prefix) :])
    except ValueError:
        raise Unsealable("not canonical base64url") from None
