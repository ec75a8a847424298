"""JSON with one possible reading."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.jose.strict_json import MAX_DEPTH, parse, parse_object

LEAF = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text()
VALUE = st.recursive(LEAF, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@given(VALUE)
def test_what_json_writes_is_read_back(value: Any) -> None:
    assert parse(json.dumps(value).encode()) == value


@given(st.binary(max_size=60))
def test_any_bytes_give_a_value_or_a_value_error(data: bytes) -> None:
    try:
        parse(data)
    except ValueError:
        pass


@pytest.mark.parametrize("data", ['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '[{"b":{"a":1,"a":2}}]'])
def test_a_repeated_name_is_refused(data: str) -> None:
    """RFC 7515 §4, RFC 8725 §2.4"""
    with pytest.raises(ValueError, match="twice"):
        parse(data.encode())


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_32_levels_are_the_most(opening: str) -> None:
    closing = "]" if opening == "[" else "}"
    assert parse((opening * MAX_DEPTH + "1" + closing * MAX_DEPTH).encode())
    with pytest.raises(ValueError, match="deep"):
        parse((opening * (MAX_DEPTH + 1) + "1" + closing * (MAX_DEPTH + 1)).encode())


@pytest.mark.parametrize("depth", [900, 1023, 1024, 1025, 8000])
def test_a_tower_of_brackets_is_an_ordinary_refusal(depth: int) -> None:
    with pytest.raises(ValueError, match=r"deep|not JSON"):
        parse(b"[" * depth + b"]" * depth)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"{} {}",
        b"NaN",
        b"[Infinity]",
        b"1e400",
        b"9" * 5000,
        b'"\\ud800"',
        b'"\xff"',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        b"{'a':1}",
        b"[1,]",
        b'"a\nb"',
    ],
)
def test_what_is_not_json_is_refused(data: bytes) -> None:
    """RFC 8259"""
    with pytest.raises(ValueError, match="not JSON"):
        parse(data)


@pytest.mark.parametrize("data", [b"[]", b"null", b'"text"', b"1"])
def test_a_value_that_is_no_object_is_refused_where_one_is_due(data: bytes) -> None:
    with pytest.raises(ValueError, match="object"):
        parse_object(data)


def test_an_object_is_read() -> None:
    assert parse_object(b'{"a":[1,{"b":null}]}') == {"a": [1, {"b": None}]}
