"""The `Authorization: OAuth` header and the challenge that asks for it (RFC 5849 §3.5.1)."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from .encoding import Pair, escape, unescape
from .errors import DuplicatedParameter, ParameterRejected

# name="value", quoted as RFC 9110 §5.6.4 has it; empty list elements are passed over (§5.6.1).
_ELEMENT = re.compile(r'[\s,]*([^\s=",]+)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(?=,|$)')
_END = re.compile(r"[\s,]*")
_QUOTED_PAIR = re.compile(r"\\(.)")
_UNQUOTABLE = re.compile(r"[^\x20-\x7e]")


class Header(NamedTuple):
    """The realm as sent (never percent-decoded, §3.5.1), and the other parameters, decoded."""

    realm: str | None
    pairs: list[Pair]


def is_oauth(value: str | None) -> bool:
    """Whether an Authorization header's scheme is `OAuth`, in any case."""
    return (value or "").strip(" ").partition(" ")[0].lower() == "oauth"


def parse_header(value: str) -> Header:
    """The parameters of a header whose scheme is `OAuth`.

    Raises ParameterRejected when malformed, DuplicatedParameter for a name that comes twice.
    """
    text = value.strip(" ").partition(" ")[2]
    realm: str | None = None
    pairs: list[Pair] = []
    seen, place = set(), 0
    while (found := _ELEMENT.match(text, place)) is not None:
        place = found.end()
        name = unescape(found[1])
        if name.lower() == "realm":
            name = "realm"
        if name in seen:
            raise DuplicatedParameter(f"{name[:64]} is repeated", rule="parameter repeated")
        seen.add(name)
        quoted = _QUOTED_PAIR.sub(r"\1", found[2])
        if name == "realm":
            realm = quoted
        else:
            pairs.append((name, unescape(quoted)))
    if not _END.fullmatch(text, place):
        raise ParameterRejected("malformed Authorization header", rule="Authorization header")
    return Header(realm, pairs)


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
