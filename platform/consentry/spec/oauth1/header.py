"""The `Authorization: OAuth` header and the challenge that asks for it (RFC 5849 §3.5.1)."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from consentry.spec.authorization_header import scheme_of

from .encoding import MOST_PAIRS, Pair, escape, unescape
from .errors import DuplicatedParameter, ParameterRejected

# name="value": a token and a quoted string (RFC 9110 §5.6.2, §5.6.4). Possessive, so linear.
_NAME = r"[A-Za-z0-9!#$%&'*+\-.^_`|~]++"
_PLAIN = r"[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\xff]*+"
_QUOTED = rf'"{_PLAIN}(?:\\[\t\x20-\x7e\x80-\xff]{_PLAIN})*+"'
_BETWEEN = r"[ \t]*+=[ \t]*+"
# Elements may be empty (RFC 9110 §5.6.1.2).
_LIST = re.compile(rf"[ \t,]*+(?:{_NAME}{_BETWEEN}{_QUOTED}[ \t]*+(?:,[ \t,]*+|\Z))*+")
_ELEMENT = re.compile(rf"({_NAME}){_BETWEEN}({_QUOTED})")
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
    for raw_name, quoted in _elements(value.strip(" ").partition(" ")[2]):
        name, text = unescape(raw_name), quoted[1:-1]
        if "\\" in text:
            text = _QUOTED_PAIR.sub(r"\1", text)
        if name in parameters or (realm is not None and name.lower() == "realm"):
            raise DuplicatedParameter(f"{name[:64]} is repeated", rule="parameter repeated")
        if name.lower() == "realm":
            realm = text
        else:
            parameters[name] = _unescape_ascii(text)
    return Header(realm, list(parameters.items()))


def _elements(text: str) -> list[Pair]:
    """Names, and values in their quotes. Raises ParameterRejected."""
    found: list[Pair] = _ELEMENT.findall(text) if _LIST.fullmatch(text) else []
    if len(found) > MOST_PAIRS or (not found and text.strip(" \t,")):
        raise ParameterRejected("malformed Authorization header", rule="Authorization header")
    return found


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
