"""The Authorization header of OAuth 1."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.spec.oauth1.errors import DuplicatedParameter, ParameterRejected
from consentry.spec.oauth1.header import format_header, is_oauth, oauth_challenge, parse_header

clean = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
names = clean.filter(lambda name: name and name.lower() != "realm")


@given(st.dictionaries(names, clean, max_size=6), st.none() | st.text("aZ09 ,=\"\\%&'é\t"))
def test_a_header_reads_back(parameters: dict[str, str], realm: str | None) -> None:
    """RFC 5849 §3.5.1"""
    printable = None if realm is None else realm.replace("é", "?").replace("\t", "?")
    found = parse_header(format_header(parameters.items(), realm))
    assert dict(found.pairs) == parameters
    assert found.realm == printable


@pytest.mark.parametrize(
    ("value", "counts"),
    [
        ("OAuth a=\"1\"", True), ("oauth", True), ("  OAUTH  x", True), ("OAuth2 x", False),
        ("Bearer x", False), ("", False), (None, False), ("OAuth\ta=\"1\"", False),
    ],
)  # fmt: skip
def test_the_scheme_is_oauth_in_any_case(value: str | None, counts: bool) -> None:
    """PARITY 2.2 Parameter carriage; RFC 5849 §3.5.1"""
    assert is_oauth(value) is counts


@pytest.mark.parametrize(
    ("value", "pairs"),
    [
        ("OAuth", []),
        ("OAuth  ,, ", []),
        ('oAuTh a="1",b="2"', [("a", "1"), ("b", "2")]),
        ('OAuth a="1" , b="" ,', [("a", "1"), ("b", "")]),
        ('OAuth   a = "1"', [("a", "1")]),
        ('OAuth a="b%2Cc, d=e"', [("a", "b,c, d=e")]),
        ('OAuth %61="%C3%A9+"', [("a", "é+")]),
        (r'OAuth a="x\"y\\z"', [("a", 'x"y\\z')]),
    ],
)
def test_names_and_values_are_unquoted_and_decoded(
    value: str, pairs: list[tuple[str, str]]
) -> None:
    """RFC 5849 §3.5.1; RFC 9110 §5.6"""
    found = parse_header(value)
    assert (found.realm, found.pairs) == (None, pairs)


@pytest.mark.parametrize(
    ("value", "realm"),
    [
        ('OAuth realm="Photos"', "Photos"),
        ('OAuth REALM=""', ""),
        ('OAuth a="1",realm="100%25 %zz"', "100%25 %zz"),
        (r'OAuth realm="a \"b\" \\ c"', 'a "b" \\ c'),
        ('OAuth realm="é"', "é"),
    ],
)
def test_the_realm_is_never_percent_decoded(value: str, realm: str) -> None:
    """PARITY 2.2 `realm`; RFC 5849 §3.5.1"""
    assert parse_header(value).realm == realm


@pytest.mark.parametrize(
    "value",
    [
        "OAuth a", "OAuth a=", "OAuth a=1", 'OAuth a="1', 'OAuth a="1" b="2"', 'OAuth ="1"',
        'OAuth a="1"b="2"', 'OAuth a="1";b="2"', 'OAuth a="%"', 'OAuth a="%zz"', 'OAuth %="1"',
        'OAuth a="%ff"', 'OAuth a="%00"', 'OAuth a="é"', 'OAuth é="1"', 'OAuth a="\0"',
        'OAuth a="1"\n', 'OAuth a="\n"', "OAuth a='1'", 'OAuth a="\\',
        'OAuth realm="\ud800"', 'OAuth realm="Ā"', 'OAuth realm="\x01"', 'OAuth a="\ud800"',
        'OAuth a b="1"', 'OAuth a="1",,b', "OAuth [1]",
    ],
)  # fmt: skip
def test_a_malformed_header_is_refused(value: str) -> None:
    """PARITY 6 Authlib 1.0 parsing; PARITY 2.2 Malformed header"""
    with pytest.raises(ParameterRejected):
        parse_header(value)


@pytest.mark.parametrize(
    "value",
    [
        'OAuth a="1", a="2"', 'OAuth a="1", a="1"', 'OAuth a="1", %61="2"',
        'OAuth realm="1", realm="1"', 'OAuth realm="1", Realm="2"', 'OAuth realm="", realm=""',
    ],
)  # fmt: skip
def test_a_name_that_comes_twice_is_refused(value: str) -> None:
    """PARITY 2.2 Parameter carriage; THREATS 8; RFC 5849 §3.1"""
    with pytest.raises(DuplicatedParameter, match="is repeated"):
        parse_header(value)


def test_a_hundred_parameters_are_taken_and_no_more() -> None:
    """THREATS 56"""
    pairs = [(f"a{number}", "") for number in range(101)]
    assert len(parse_header(format_header(pairs[:100])).pairs) == 100
    with pytest.raises(ParameterRejected):
        parse_header(format_header(pairs))


def test_a_challenge_quotes_its_realm() -> None:
    """RFC 5849 §3.5.1"""
    assert oauth_challenge("Photos") == 'OAuth realm="Photos"'
    assert oauth_challenge('a"b\\c\r\né') == 'OAuth realm="a\\"b\\\\c???"'


def test_the_realm_comes_first() -> None:
    """RFC 5849 §3.5.1"""
    assert format_header([("a", "b c")], "R") == 'OAuth realm="R", a="b%20c"'
