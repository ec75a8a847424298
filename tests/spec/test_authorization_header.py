"""The Authorization header and its challenges."""

import re
from base64 import b64encode
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.spec.authorization_header import (
    basic_challenge,
    bearer_challenge,
    parse_basic,
    parse_bearer,
    scheme_of,
)
from consentry.spec.errors import InsufficientScope, InvalidClient, InvalidRequest, InvalidToken
from consentry.spec.scope import Scope

printable = st.text(st.characters(exclude_categories=["Cc", "Cs"]))


def _basic(joined: bytes) -> str:
    return "Basic " + b64encode(joined).decode()


@given(printable, printable)
def test_client_credentials_read_back(client_id: str, secret: str) -> None:
    """RFC 6749 §2.3.1"""
    joined = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    assert parse_basic(_basic(joined.encode())) == (client_id, secret)


def test_the_example_of_the_rfc_reads() -> None:
    """RFC 6749 §2.3.1"""
    header = "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3"
    assert parse_basic(header) == ("s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw")


def test_both_halves_are_form_decoded() -> None:
    assert parse_basic(_basic(b"a%3Ab+c:d%2Be:f+g")) == ("a:b c", "d+e:f g")


def test_the_scheme_is_read_in_any_case() -> None:
    assert parse_basic("bAsIc  YTpi") == ("a", "b")
    assert parse_bearer("BEARER abc") == "abc"
    assert scheme_of("BeArEr abc") == "bearer"
    assert scheme_of("") == ""


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic ",
        "Bearer abc",
        "Basic !!!!",
        "Basic YTpi YTpi",
        "Basic YTpi\n",
        "Basic é",
        "Basic YTp",
        _basic(b"nocolon"),
        _basic(b"a:%zz"),
        _basic(b"a:\xff"),
        _basic(b"a:%00"),
        _basic(b"a\r\n:b"),
    ],
)
def test_malformed_client_credentials_are_refused(header: str) -> None:
    """RFC 7617 §2"""
    with pytest.raises(InvalidClient):
        parse_basic(header)


@given(st.text())
def test_any_header_is_read_or_refused(header: str) -> None:
    for parse, error in ((parse_basic, InvalidClient), (parse_bearer, InvalidRequest)):
        for sent in (header, f"Basic {header}", f"Bearer {header}"):
            try:
                assert parse(sent)
            except error:
                pass


@given(st.from_regex(r"[A-Za-z0-9\-._~+/]+=*", fullmatch=True))
def test_any_b64token_reads(token: str) -> None:
    """RFC 6750 §2.1"""
    assert parse_bearer(f"Bearer {token}") == token


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer a b", "Bearer a=b", "Bearer ü", "Bearer a,b", "Basic abc"],
)
def test_what_is_no_b64token_is_refused(header: str) -> None:
    with pytest.raises(InvalidRequest):
        parse_bearer(header)


def test_a_request_without_a_token_is_told_the_realm_alone() -> None:
    """RFC 6750 §3.1"""
    assert bearer_challenge("photos") == 'Bearer realm="photos"'


def test_a_refused_token_is_told_why() -> None:
    """RFC 6750 §3"""
    assert bearer_challenge("photos", InvalidToken("it expired"), Scope.of("a", "b")) == (
        'Bearer realm="photos", error="invalid_token", error_description="it expired", scope="a b"'
    )


def test_a_missing_scope_is_named() -> None:
    assert bearer_challenge("p", InsufficientScope(scope="photos.read")) == (
        'Bearer realm="p", error="insufficient_scope", scope="photos.read"'
    )


@given(st.text(), st.text())
def test_a_challenge_is_always_one_well_formed_header(realm: str, why: str) -> None:
    """RFC 9110 §11.6.1, §5.6.4"""
    quoted = r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"'
    pattern = rf"(?:Bearer|Basic) \w+={quoted}(?:, \w+={quoted})*"
    assert re.fullmatch(pattern, bearer_challenge(realm, InvalidToken(why)))
    assert re.fullmatch(pattern, basic_challenge(realm))


def test_a_client_is_asked_for_basic_credentials_in_utf8() -> None:
    """RFC 7617 §2.1"""
    assert basic_challenge("photos") == 'Basic realm="photos", charset="UTF-8"'
