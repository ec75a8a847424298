"""Where two signature base strings part, and why (RFC 5849 §3.4.1)."""

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple
from urllib.parse import unquote, urlsplit

from .base_string import base_string, base_string_uri
from .encoding import Pair
from .errors import ParameterRejected

Part = Literal["method", "URI", "parameters"]
NEVER_SIGNED: Final = {
    "realm": "The realm is never signed (§3.4.1.3.1).",
    "oauth_signature": "oauth_signature is never part of what is signed (§3.4.1.3.1).",
}
SPACE: Final = "A space is %20, never + (§3.6)."
SHOWN: Final = 40
_LOWER_HEX = re.compile(r"%(?:[0-9A-F]?[a-f]|[a-f][0-9A-F])")


class Difference(NamedTuple):
    """at: the first byte that differs, from 0. ours, theirs: what stands there, a little of it."""

    at: int
    part: Part
    ours: str
    theirs: str
    why: str


def first_difference(ours: str, theirs: str) -> Difference | None:
    """Where `theirs` leaves `ours`, which is right; None if they are the same."""
    if ours == theirs:
        return None
    at = _place(ours, theirs)
    number = min(ours[:at].count("&"), 2)
    parts: tuple[Part, ...] = ("method", "URI", "parameters")
    why = _why(ours.split("&"), theirs.split("&"))
    # In bytes, as the title says: what is not ASCII does not belong there at all.
    before = len(theirs[:at].encode())
    return Difference(before, parts[number], ours[at:][:SHOWN], theirs[at:][:SHOWN], why)


def own_base_string(theirs: str) -> str:
    """The base string of what somebody's base string says, built as it should be.

    Raises ParameterRejected if it has no three parts to read, or no URL in it.
    """
    parts = theirs.split("&", 2)
    if len(parts) != 3:
        raise ParameterRejected(
            "a base string has three parts with & between them: method, URI and parameters",
            rule="signature base string",
        )
    method, uri, parameters = parts
    pairs = [_pair(one) for one in unquote(parameters).split("&") if one]
    signed = [pair for pair in pairs if pair[0] not in NEVER_SIGNED]
    return base_string(method, base_string_uri(unquote(uri)), signed)


def _pair(text: str) -> Pair:
    name, _, value = text.partition("=")
    return unquote(name), unquote(value)


def _place(ours: str, theirs: str) -> int:
    pairs = enumerate(zip(ours, theirs, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(ours), len(theirs)))


def _why(ours: Sequence[str], theirs: Sequence[str]) -> str:
    if len(theirs) != 3:
        return (
            f"A base string has two & in it, yours has {len(theirs) - 1}: the URI and the "
            "parameters are each encoded once more before they are joined (§3.4.1.1)."
        )
    if ours[0] != theirs[0]:
        same = ours[0] == theirs[0].upper()
        return "The method is in upper case." if same else "It is another HTTP method."
    if ours[1] != theirs[1]:
        return _why_uri(ours[1], theirs[1])
    return _why_parameters(ours[2], theirs[2])


def _why_uri(ours: str, theirs: str) -> str:
    """§3.4.1.2"""
    ours, plain = unquote(ours), unquote(theirs)
    if ours == plain:
        return _why_encoding(theirs)
    if "?" in plain:
        return "The URI has no query: its parameters are among the others (§3.4.1.2)."
    if "#" in plain:
        return "The URI has no fragment."
    good, given = urlsplit(ours), urlsplit(plain)
    if good.scheme != given.scheme:
        return (
            f"The scheme is {good.scheme}: the one your request is sent by, not what a proxy "
            "speaks to your program."
        )
    if good.netloc != given.netloc:
        return _why_host(good.netloc, given.netloc)
    if good.path.rstrip("/") == given.path.rstrip("/"):
        return "The path ends otherwise: a slash counts, and an empty path is /."
    return "The path is not the one that was asked."


def _why_host(ours: str, theirs: str) -> str:
    if ours == theirs.lower():
        return "The host is in lower case."
    if ours.partition(":")[0] == theirs.partition(":")[0]:
        return "The port: 80 of http and 443 of https are left out, any other is there."
    return f"The host is {ours}, as the request's Host header says."


def _why_parameters(ours: str, theirs: str) -> str:
    """§3.4.1.3.2"""
    good, given = unquote(ours).split("&"), unquote(theirs).split("&")
    if good == given:
        return _why_encoding(theirs)
    if sorted(good) == sorted(given):
        return "Parameters are sorted by their encoded name, then by their encoded value."
    right, wrong = [_pair(one) for one in good], [_pair(one) for one in given]
    if sorted(right) == sorted(wrong):
        return _why_encoding(unquote(theirs))
    return _why_pairs(right, wrong)


def _why_pairs(ours: list[Pair], theirs: list[Pair]) -> str:
    names, given = [name for name, _ in ours], [name for name, _ in theirs]
    for name in given:
        if name in NEVER_SIGNED:
            return NEVER_SIGNED[name]
    if missing := next((name for name in names if name not in given), None):
        return (
            f"{missing} is not in yours: the query, a form body and the Authorization header "
            "are all signed (§3.4.1.3.1)."
        )
    if added := next((name for name in given if name not in names), None):
        return f"{added} is in yours, but was not sent."
    if len(names) != len(given):
        return "A parameter that comes twice counts twice."
    both = zip(sorted(ours), sorted(theirs), strict=True)
    (name, value), (_, sent) = next((one, other) for one, other in both if one != other)
    if sent.replace("+", " ") == value:
        return SPACE
    return f"{name} has another value than was sent."


def _why_encoding(theirs: str) -> str:
    """§3.6"""
    if _LOWER_HEX.search(theirs):
        return "Escapes are written in upper case: %2F, not %2f (§3.6)."
    if "+" in theirs:
        return SPACE
    return (
        "It is encoded otherwise: only letters, digits and - . _ ~ stay as they are, and what "
        "is encoded is encoded once more as a whole (§3.6, §3.4.1.1)."
    )
