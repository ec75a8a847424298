"""The `Authorization: OAuth` header and the challenge that asks for it (RFC 5849 §3.5.1)."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from consentry.spec.authorization_header import scheme_of

from .encoding import MOST_PAIRS, Pair, escape, unescape
from .errors import DuplicatedParameter, ParameterRejected

# name="value", quoted as RFC 9110 §5.6.4 has it; empty list elements are passed over (§5.6.1).
_ELEMENT = re.compile(r'[ \t,]*([^\s=",]+)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(?=,|\Z)')
_END = re.compile(r"[ \t,]*")
_FIELD = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_QUOTED_PAIR = re.compile(r"\\(.)")
_UNQUOTABLE = re.compile(r"[^\x20-\x7e]")


class Header(NamedTuple):
    """The realm as sent (never percent-decoded, §3.5.1), and the other parameters, decoded."""

    realm: str | None
    pairs: list[Pair]


def is_oauth(value: str | None) -> bool:
    """Whether an Authorization header's scheme is `OAuth`, in any case."""
    return scheme_of(value or "") == "oauth"


def parse_header(value: str) -> Header:
    """The parameters of a header whose scheme is `OAuth`.

    Raises ParameterRejected when malformed or of more than 100 parameters, and
    DuplicatedParameter for a name that comes twice.
    """
    realm: str | None = None
    parameters: dict[str, str] = {}
    for name, text in _elements(value.strip(" ").partition(" ")[2]):
        if name.lower() == "realm":
            if realm is not None:
                raise DuplicatedParameter("realm is repeated", rule="parameter repeated")
            realm = text
        elif name in parameters:
            raise DuplicatedParameter(f"{name[:64]} is repeated", rule="parameter repeated")
        else:
            parameters[name] = _unescape_ascii(text)
    return Header(realm, list(parameters.items()))


def _elements(text: str) -> Iterator[Pair]:
    """Names, decoded, and values, unquoted, in order. Raises ParameterRejected."""
    place = count = 0
    while count < MOST_PAIRS and (found := _ELEMENT.match(text, place)) is not None:
        place, count = found.end(), count + 1
        yield _unescape_ascii(found[1]), _QUOTED_PAIR.sub(r"\1", found[2])
    if not _END.fullmatch(text, place) or not _FIELD.fullmatch(text):
        raise ParameterRejected("malformed Authorization header", rule="Authorization header")


def _unescape_ascii(text: str) -> str:
    # Whoever sends a letter outside ASCII as it is has not encoded it (§3.5.1).
    if not text.isascii():
        raise ParameterRejected("bad percent escape", rule="percent-encoding")
    return unescape(text)


def format_header(pairs: Iterable[Pair], realm: str | None = None) -> str:
    """An `Authorization` value of these parameters, the realm first (§3.5.1)."""
    shown = [] if realm is None else [f"realm={_quoted(realm)}"]
    shown += [f'{escape(name)}="{escape(value)}"' for name, value in pairs]
    return "OAuth " + ", ".join(shown)


def oauth_challenge(realm: str) -> str:
    """A `WWW-Authenticate` value that asks for a signed request (§3.5.1)."""
    return f"OAuth realm={_quoted(realm)}"


def _quoted(value: str) -> str:
    plain = _UNQUOTABLE.sub("?", value)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
