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
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class Form(Mapping[str, str]):
    """Immutable name to value; parameters sent empty are not in it (RFC 6749 §3.1, §3.2)."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, tuple[str, ...]]) -> None:
        self._values = values

    @classmethod
    def of(cls, **values: str) -> "Form":
        """A form of these values, each named once."""
        return cls({name: (value,) for name, value in values.items() if value})

    def __getitem__(self, name: str) -> str:
        return self._values[name][0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        return name in self._values

    # Narrower than Mapping's, and quicker where most parameters are omitted.
    def get(self, name: str) -> str | None:  # type: ignore[override]
        """The value; None when omitted or sent empty."""
        values = self._values.get(name)
        return None if values is None else values[0]

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
    # A plus is a space wherever it stands, and must be turned before any escape is.
    text = _text(body).replace("+", " ")
    if _BAD_ESCAPE.search(text):
        raise InvalidRequest("bad percent escape", rule="form encoding")
    values: dict[str, tuple[str, ...]] = {}
    for field in text.split("&"):
        if not field:
            continue
        name, _, value = field.partition("=")
        if "%" in field:
            name, value = _text(unquote_to_bytes(name)), _text(unquote_to_bytes(value))
        if not name.isprintable():
            raise InvalidRequest("control character in a parameter name", rule="form encoding")
        given = values.get(name, ())
        if name in values and name not in repeatable:
            raise InvalidRequest(f"{name[:64]} is repeated", rule="parameter repeated")
        values[name] = (*given, value) if value else given
    return Form({name: given for name, given in values.items() if given})


def parse_query(
    query: bytes, *, max_fields: int = 100, repeatable: frozenset[str] = REPEATABLE
) -> Form:
    """The fields of a query string, under the same rules (RFC 6749 §3.1, appendix B)."""
    return parse_form(query, max_fields=max_fields, repeatable=repeatable)


def _text(raw: bytes) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise InvalidRequest("a parameter is not UTF-8", rule="form encoding") from None
    if "\0" in text:
        raise InvalidRequest("NUL in a parameter", rule="form encoding")
    return text
