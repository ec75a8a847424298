"""JSON out of untrusted bytes, with one possible reading."""

import json
from typing import Any, Final

import orjson

MAX_DEPTH: Final = 32


def parse(data: bytes) -> Any:
    """The value of a JSON text (RFC 8259); raises ValueError with a short reason.

    Refused: a name repeated in one object (RFC 7515 §4, RFC 8725 §2.4), more than 32 levels,
    bad UTF-8, half a surrogate pair, NaN, numbers no double can hold.
    """
    try:
        # orjson accepts nothing but RFC 8259; the standard library shows us repeated names.
        orjson.loads(data)
        value = json.loads(data.decode(), object_pairs_hook=_unique)
    except orjson.JSONDecodeError:
        raise ValueError("not JSON") from None
    except RecursionError:
        raise ValueError("JSON nested too deep") from None
    _check_depth(value)
    return value


def parse_object(data: bytes) -> dict[str, Any]:
    """`parse` for a text that must be an object; raises ValueError."""
    value = parse(data)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name comes twice in a JSON object")
    return value


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise ValueError("JSON nested too deep")


def _inside(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
