"""base64url without padding (RFC 4648 §5, RFC 7515 §2), one spelling for each value."""

from binascii import a2b_base64, b2a_base64
from typing import Final

_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_FROM_URL: Final = bytes.maketrans(b"-_", b"+/")


def encode(raw: bytes) -> str:
    """Four characters for three bytes, no padding."""
    return b2a_base64(raw, newline=False).translate(_TO_URL).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The bytes of the one spelling `encode` gives them; raises ValueError for any other.

    The last character carries spare bits, and lenient decoders skip what they do not know. Both
    would give one value many spellings (RFC 4648 §3.3, §3.5).
    """
    raw = a2b_base64(text.encode("ascii").translate(_FROM_URL) + b"=" * (-len(text) % 4))
    if encode(raw) != text:
        raise ValueError("not the canonical base64url spelling")
    return raw
