"""Bodies and queries, read strictly."""

import time
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.spec.errors import InvalidRequest
from consentry.spec.forms import Form, parse_form, parse_query

names = st.text(min_size=1, max_size=8).filter(
    lambda text: text.isprintable() and text != "resource"
)
values = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(st.dictionaries(names, values, max_size=12))
def test_what_is_encoded_reads_back_without_the_empty(fields: dict[str, str]) -> None:
    """RFC 6749 appendix B"""
    form = parse_form(urlencode(fields).encode())
    assert dict(form) == {name: value for name, value in fields.items() if value}


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for parse in (parse_form, parse_query):
        try:
            form = parse(body)
        except InvalidRequest:
            continue
        assert all(value and "\0" not in value for name in form for value in form.all(name))


@given(names, values, values)
def test_a_repeated_parameter_is_refused_even_when_empty(name: str, a: str, b: str) -> None:
    """RFC 6749 §3.1, §3.2"""
    with pytest.raises(InvalidRequest, match="repeated"):
        parse_form(urlencode([(name, a), (name, b)]).encode())


def test_a_parameter_repeated_in_another_spelling_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="repeated"):
        parse_form(b"code=a&%63ode=b")


def test_resource_may_come_more_than_once() -> None:
    """RFC 8707 §2"""
    form = parse_form(b"resource=a&x=1&resource=&resource=b")
    assert form.all("resource") == ("a", "b")
    assert form["resource"] == "a"


def test_what_is_repeatable_is_for_the_caller_to_say() -> None:
    with pytest.raises(InvalidRequest):
        parse_form(b"resource=a&resource=b", repeatable=frozenset())
    assert parse_query(b"a=1&a=2", repeatable=frozenset({"a"})).all("a") == ("1", "2")


@pytest.mark.parametrize(
    "body",
    [
        b"a=%00",
        b"a=\x00",
        b"%00=a",
        b"a=%ff",
        b"a=\xff",
        b"a=%ed%a0%80",
        b"a=%",
        b"a=%4",
        b"a=%zz",
        b"%4=a",
        b"a%0d=b",
        b"a%7f=b",
        b"a\x01=b",
    ],
)
def test_a_malformed_body_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        parse_form(body)


def test_no_more_than_the_allowed_fields_are_read() -> None:
    fields = [(f"f{number}", "x") for number in range(101)]
    assert len(parse_form(urlencode(fields[:100]).encode())) == 100
    with pytest.raises(InvalidRequest, match="more than 100"):
        parse_form(urlencode(fields).encode())
    with pytest.raises(InvalidRequest, match="more than 2"):
        parse_form(b"a=1&b=2&c=3", max_fields=2)


def test_empty_is_omitted() -> None:
    """RFC 6749 §3.1, §3.2"""
    form = parse_form(b"a=&b&c=1&&")
    assert form.names == ("c",)
    assert form.get("a") is None and form.get("b") is None and form.get("c") == "1"
    assert form.all("a") == ()
    assert "a" not in form and "c" in form
    with pytest.raises(InvalidRequest, match="a is required"):
        form.require("a")
    assert form.require("c") == "1"


def test_an_equals_sign_in_a_value_belongs_to_it() -> None:
    assert parse_form(b"a=b=c").get("a") == "b=c"


def test_plus_is_a_space_and_an_escaped_plus_a_plus() -> None:
    assert parse_form(b"a+b=c+d%2Be").get("a b") == "c d+e"


def test_an_empty_body_is_an_empty_form() -> None:
    assert len(parse_form(b"")) == 0


def test_a_form_shows_names_but_no_values() -> None:
    assert repr(Form.of(client_secret="s3cret", empty="")) == "Form(client_secret)"


@pytest.mark.parametrize("unit", [b"%41", b"a", b"+", b"%"])
def test_a_body_of_64_kib_is_read_in_no_time(unit: bytes) -> None:
    """Quadratic work would take seconds."""
    body = b"a=" + unit * (65_536 // len(unit))
    start = time.process_time()
    try:
        parse_form(body)
    except InvalidRequest:
        assert unit == b"%"
    assert time.process_time() - start < 0.5
