"""`application/x-www-form-urlencoded` bodies and queries, read strictly.

Each name once (RFC 6749 §3.1, §3.2), empty is omitted, every byte accounted for. One pass,
linear time.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

from .errors import InvalidRequest

REPEATABLE: Final = frozenset({"resource"})
"""Parameters that may come more than once (RFC 8707 §2)."""
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Form(Mapping[str, str]):
    """Immutable name to value; parameters sent empty are not in it (RFC 6749 §3.1, §3.2)."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, tuple[str, ...]]) -> None:
        self._values = {
            name: kept
            for name, given in values.items()
            if (kept := tuple(value for value in given if value))
        }

    @classmethod
    def of(cls, **values: str) -> "Form":
        """A form of these values, each named once."""
        return cls({name: (value,) for name, value in values.items()})

    def __getitem__(self, name: str) -> str:
        return self._values[name][0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        # Names only: values may be secrets and this may reach a log.
        return f"Form({', '.join(self._values)})"

    @property
    def names(self) -> tuple[str, ...]:
        """Names that were sent with a value, in order."""
        return tuple(self._values)

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a repeatable parameter, in order; empty when omitted."""
        return self._values.get(name, ())

    def require(self, name: str) -> str:
        """The value. Raises InvalidRequest when omitted."""
        values = self._values.get(name)
        if values is None:
            raise InvalidRequest(f"{name} is required", rule="parameter required")
        return values[0]


def parse_form(
    body: bytes, *, max_fields: int = 100, repeatable: frozenset[str] = REPEATABLE
) -> Form:
    """The fields of a request body (RFC 6749 appendix B).

    Raises InvalidRequest on a repeated name, more than `max_fields`, NUL, bad UTF-8, a bad
    percent escape or a control character in a name.
    """
    if body.count(b"&") >= max_fields:
        raise InvalidRequest(f"more than {max_fields} parameters", rule="parameter count")
    if _BAD_ESCAPE.search(body):
        raise InvalidRequest("bad percent escape", rule="form encoding")
    values: dict[str, list[str]] = {}
    for field in body.split(b"&"):
        if not field:
            continue
        raw_name, _, raw_value = field.partition(b"=")
        name = _decode(raw_name)
        if _CONTROL.search(name):
            raise InvalidRequest("control character in a parameter name", rule="form encoding")
        given = values.setdefault(name, [])
        if given and name not in repeatable:
            raise InvalidRequest(f"{name[:64]} is repeated", rule="parameter repeated")
        given.append(_decode(raw_value))
    return Form({name: tuple(given) for name, given in values.items()})


def parse_query(
    query: bytes, *, max_fields: int = 100, repeatable: frozenset[str] = REPEATABLE
) -> Form:
    """The fields of a query string, under the same rules (RFC 6749 §3.1, appendix B)."""
    return parse_form(query, max_fields=max_fields, repeatable=repeatable)


def _decode(raw: bytes) -> str:
    # Most fields hold neither sign, and then there is nothing to undo.
    if b"+" in raw:
        raw = raw.replace(b"+", b" ")
    if b"%" in raw:
        raw = unquote_to_bytes(raw)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise InvalidRequest("a parameter is not UTF-8", rule="form encoding") from None
    if "\0" in text:
        raise InvalidRequest("NUL in a parameter", rule="form encoding")
    return text
