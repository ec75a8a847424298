"""Percent-encoding and forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.spec.oauth1.encoding import escape, form_encode, form_pairs, is_form, unescape
from consentry.spec.oauth1.errors import ParameterRejected

clean = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("abcABC123", "abcABC123"),
        ("-._~", "-._~"),
        ("%", "%25"),
        ("+", "%2B"),
        ("&=*", "%26%3D%2A"),
        (" ", "%20"),
        ("\n", "%0A"),
        ("\x7f", "%7F"),
        ("\x80", "%C2%80"),
        ("、", "%E3%80%81"),
        ("/:?#[]@!$'(),;", "%2F%3A%3F%23%5B%5D%40%21%24%27%28%29%2C%3B"),
    ],
)
def test_all_but_unreserved_characters_are_encoded(text: str, encoded: str) -> None:
    """PARITY 2.2 Percent-encoding; RFC 5849 §3.6"""
    assert escape(text) == encoded
    assert unescape(encoded) == text


@given(clean)
def test_what_is_encoded_decodes(text: str) -> None:
    """RFC 5849 §3.6"""
    assert unescape(escape(text)) == text


def test_lower_case_hex_and_needless_escapes_decode() -> None:
    assert unescape("%c3%a9%41%7e") == "éA~"


def test_a_plus_is_a_plus_outside_forms() -> None:
    assert unescape("a+b") == "a+b"


@pytest.mark.parametrize("text", ["%", "%4", "%zz", "a%", "%%41", "%C3", "%FF", "%00", "\ud800"])
def test_a_bad_escape_is_refused(text: str) -> None:
    """PARITY 2.2 Malformed header, bad percent escape, odd query characters"""
    with pytest.raises(ParameterRejected):
        unescape(text)


@pytest.mark.parametrize(
    ("raw", "pairs"),
    [
        (b"", []),
        (b"a=1&a=1&a=0", [("a", "1"), ("a", "1"), ("a", "0")]),
        (b"a3=a&a3=2+q", [("a3", "a"), ("a3", "2 q")]),
        (b"b5=%3D%253D&c%40=&c2", [("b5", "=%3D"), ("c@", ""), ("c2", "")]),
        (b"a+b=c+d%2Be", [("a b", "c d+e")]),
        (b"a=b=c", [("a", "b=c")]),
        (b"&&a=1&", [("a", "1")]),
        (b"=&=x", [("", ""), ("", "x")]),
        (b"a[]=1&b=!'()*;,", [("a[]", "1"), ("b", "!'()*;,")]),
        ("é=ü".encode(), [("é", "ü")]),
    ],
)
def test_a_form_keeps_order_repeats_and_empty_values(
    raw: bytes, pairs: list[tuple[str, str]]
) -> None:
    """PARITY 2.2 Form decoding; PARITY 6 Authlib 1.0 repeats; RFC 5849 §3.4.1.3.1"""
    assert form_pairs(raw) == pairs


@given(st.lists(st.tuples(clean.filter(bool), clean), max_size=8))
def test_a_form_reads_back(pairs: list[tuple[str, str]]) -> None:
    assert form_pairs(form_encode(pairs).encode()) == pairs


@pytest.mark.parametrize("raw", [b"a=%", b"%zz=1", b"a=%ff", b"a=\xff", b"a=\0", b"%00"])
def test_a_malformed_form_is_refused(raw: bytes) -> None:
    """PARITY 6 Authlib 1.0 parsing"""
    with pytest.raises(ParameterRejected):
        form_pairs(raw)


def test_a_hundred_pairs_are_taken_and_no_more() -> None:
    """THREATS 56"""
    assert len(form_pairs(b"&".join([b"a=1"] * 100))) == 100
    with pytest.raises(ParameterRejected, match="more than 100"):
        form_pairs(b"&".join([b"a=1"] * 101))


@pytest.mark.parametrize(
    ("content_type", "counts"),
    [
        ("application/x-www-form-urlencoded", True),
        ("Application/X-WWW-Form-Urlencoded ; charset=UTF-8", True),
        ("application/x-www-form-urlencoded-not", False),
        ("application/json", False),
        ("multipart/form-data; boundary=x", False),
        ("", False),
        (None, False),
    ],
)
def test_a_form_is_known_by_its_type_alone(content_type: str | None, counts: bool) -> None:
    """PARITY 2.2 Body inclusion; RFC 5849 §3.4.1.3.1"""
    assert is_form(content_type) is counts
