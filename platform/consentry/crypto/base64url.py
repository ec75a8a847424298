"""base64url without padding (RFC 4648 §5, RFC 7515 §2), one spelling for each value."""

from base64 import urlsafe_b64decode, urlsafe_b64encode


def encode(raw: bytes) -> str:
    """Four characters for three bytes, no padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The bytes of the one spelling `encode` gives them; raises ValueError for any other.

    The last character carries spare bits, and lenient decoders skip what they do not know. Both
    would give one value many spellings (RFC 4648 §3.3, §3.5).
    """
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(raw) != text:
        raise ValueError("not the canonical base64url spelling")
    return raw
