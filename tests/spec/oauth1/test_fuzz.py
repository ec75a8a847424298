"""What nobody would send but an enemy."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consentry.spec.oauth1.errors import OAuth1Error
from consentry.spec.oauth1.header import parse_header
from consentry.spec.oauth1.request import SignedRequest
from consentry.spec.oauth1.signatures import STANDARD_METHODS, SignatureInput
from consentry.spec.oauth1.timestamp import check_timestamp

from .made import FORM, METHODS, NOW, URL, header, parsed, public_pem, rsa_key

PUBLIC = public_pem(rsa_key())
PIECES = [
    "OAuth ", "oauth", "realm", "oauth_token", "oauth_signature", "oauth_version", "1.0", "=",
    '"', ",", "\\", "%", "%4", "%41", "%ff", "%00", "+", " ", "\t", "\n", "\r", "\0", "&", ";",
    "a", "é", "\xa0", "\ud800", "\U0001f511", "/", "?", "#", "://", "http", "[", "]", ":", "@",
]  # fmt: skip
noise = st.text() | st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
fuzzed = settings(max_examples=300, deadline=None)


def _take(method: str, url: str, authorization: str | None, body: bytes) -> SignedRequest | None:
    """All a server does with a request before it looks anything up; None if refused."""
    try:
        request = SignedRequest.parse(
            method, url, authorization=authorization, content_type=FORM, body=body
        )
        check_timestamp(request, NOW, 300)
    except OAuth1Error as refused:
        assert refused.status in (400, 401)
        assert refused.form_body().isascii()
        return None
    assert request.base_string.isascii()
    return request


@fuzzed
@given(
    noise, noise, st.none() | noise, st.binary() | noise.map(lambda t: t.encode("utf-8", "replace"))
)
def test_any_request_is_parsed_or_refused(
    method: str, url: str, authorization: str | None, body: bytes
) -> None:
    """PARITY 6 Authlib 1.0 parsing"""
    _take(method, url, authorization, body)


@fuzzed
@given(noise)
def test_any_header_is_parsed_or_refused(value: str) -> None:
    """PARITY 6 Authlib 1.0 parsing"""
    _take("GET", URL, "OAuth " + value, b"")
    _take("GET", URL, f"{header()}, {value}", b"")


@fuzzed
@given(noise)
def test_any_query_is_parsed_or_refused(query: str) -> None:
    """PARITY 6 Authlib 1.0 parsing"""
    _take("GET", f"{URL}?{query}", header(), b"")
    _take("GET", f"{URL}?oauth_consumer_key=k&{query}", None, b"")


@fuzzed
@given(st.binary() | noise.map(lambda text: text.encode("utf-8", "replace")))
def test_any_form_is_parsed_or_refused(body: bytes) -> None:
    """PARITY 6 Authlib 1.0 parsing"""
    _take("POST", URL, header(), body)
    _take("POST", URL, None, b"oauth_consumer_key=k&" + body)


@fuzzed
@given(
    st.sampled_from(STANDARD_METHODS),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
)
def test_any_signature_is_refused(method: str, signature: str) -> None:
    """THREATS 4"""
    request = parsed(oauth_signature_method=method, oauth_signature=signature)
    given_ = SignatureInput(request, "secret", "secret", PUBLIC)
    assert METHODS.verify(method, given_) is (
        signature == "secret&secret" and method == "PLAINTEXT"
    )


SIZE = 65_536
UNITS = [
    "a", " ", ",", ", ", "\\", '"', '\\"', "=", "a ", 'a=""', 'a=" ', 'a="",', "&", "a&", "%2",
    "%41", "+", "é", "://", "[", "[:", ":", "@", "/", "?", "#", "a?", "1", ".-",
]  # fmt: skip
LONG = [begin + (unit * SIZE)[:SIZE] for unit in UNITS for begin in ("", 'a="')] + [
    'a=""' + " " * SIZE, 'a=""' + " ," * SIZE + "b", "a" + " " * SIZE + "=",
    "a=" + " " * SIZE + "b",
]  # fmt: skip


@pytest.mark.parametrize(
    "send",
    [
        lambda text: _take("GET", URL, "OAuth " + text, b""),
        lambda text: _take("GET", URL, f'OAuth oauth_nonce="{text}"', b""),
        lambda text: _take("GET", f"{URL}?{text}", header(), b""),
        lambda text: _take("GET", text, header(), b""),
        lambda text: _take("GET", f"http://{text}", header(), b""),
        lambda text: _take("GET", f"http://a{text}:80/", header(), b""),
        lambda text: _take("GET", f"http://a/{text}", header(), b""),
        lambda text: _take("POST", URL, header(), text.encode()),
        lambda text: _take(text, URL, header(), b""),
    ],
    ids=["header", "value", "query", "url", "authority", "port", "path", "form", "method"],
)
def test_long_input_takes_linear_time(send: Callable[[str], object]) -> None:
    """THREATS 56: 64 KiB and more of the worst; squared, each would take minutes"""
    for text in LONG:
        began = time.process_time()
        send(text)
        assert time.process_time() - began < 5, text[:8]


def test_a_header_of_many_names_takes_linear_time() -> None:
    """THREATS 56"""
    began = time.process_time()
    with pytest.raises(OAuth1Error):
        parse_header("OAuth " + ",".join(f'a{number}=""' for number in range(SIZE)))
    assert time.process_time() - began < 5
