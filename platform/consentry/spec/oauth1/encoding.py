"""Percent-encoding and form decoding as signatures need them (RFC 5849 §3.6, §3.4.1.3.1)."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from .errors import ParameterRejected

Pair = tuple[str, str]
FORM: Final = "application/x-www-form-urlencoded"
MOST_PAIRS: Final = 100
# What nearly every request holds, and encoding leaves as it is.
_USUAL: Final = frozenset(
    """oauth_consumer_key oauth_token oauth_signature_method oauth_timestamp oauth_nonce
    oauth_version oauth_callback oauth_verifier oauth_signature oauth_body_hash realm
    1.0 HMAC-SHA1 HMAC-SHA256""".split()
)
_UNRESERVED = re.compile(r"[A-Za-z0-9\-._~]*")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def escape(text: str) -> str:
    """Percent-encoded UTF-8: all but letters, digits and `-._~`, upper-case hex (§3.6)."""
    # Most names and values are of these alone, and this says so faster.
    return text if text in _USUAL or _UNRESERVED.fullmatch(text) else quote(text, safe="")


def unescape(text: str) -> str:
    """What `escape` encoded. Raises ParameterRejected for a bad escape, bad UTF-8 or NUL."""
    if text in _USUAL or _UNRESERVED.fullmatch(text):
        return text
    if _BAD_ESCAPE.search(text):
        raise ParameterRejected("bad percent escape", rule="percent-encoding")
    try:
        decoded = unquote_to_bytes(text).decode()
    except UnicodeError:
        raise ParameterRejected("a parameter is not UTF-8", rule="percent-encoding") from None
    if "\0" in decoded:
        raise ParameterRejected("NUL in a parameter", rule="percent-encoding")
    return decoded


def form_pairs(raw: bytes) -> list[Pair]:
    """The pairs of a query or form body in order, repeats and empty values kept (§3.4.1.3.1).

    `+` is a space; a name without `=` has an empty value. Raises ParameterRejected for more
    than 100 pairs and for what `unescape` refuses.
    """
    if raw.count(b"&") >= MOST_PAIRS:
        raise ParameterRejected(f"more than {MOST_PAIRS} parameters", rule="parameter count")
    try:
        text = raw.decode().replace("+", " ")
    except UnicodeDecodeError:
        raise ParameterRejected("a parameter is not UTF-8", rule="form encoding") from None
    fields = (field.partition("=") for field in text.split("&") if field)
    return [(unescape(name), unescape(value)) for name, _, value in fields]


def form_encode(pairs: Iterable[Pair]) -> str:
    """Pairs as a form or query that `form_pairs` gives back, spaces as `%20`."""
    return "&".join(f"{escape(name)}={escape(value)}" for name, value in pairs)


def is_form(content_type: str | None) -> bool:
    """Whether a body of this type is signed: a form, whatever its charset (§3.4.1.3.1)."""
    return (content_type or "").partition(";")[0].strip().lower() == FORM
