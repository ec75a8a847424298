"""Signed requests as they arrive."""

import hashlib
from base64 import b64encode

import pytest

from consentry.spec.oauth1.errors import (
    DuplicatedParameter,
    OAuth1Error,
    ParameterAbsent,
    ParameterRejected,
    VersionRejected,
)
from consentry.spec.oauth1.header import format_header
from consentry.spec.oauth1.request import SignedRequest

from .made import FORM, PROTOCOL, URL, header, parsed, parsed_with

QUERY = "oauth_consumer_key=k&oauth_signature=s"


def _sha(name: str, body: bytes) -> str:
    return b64encode(hashlib.new(name, body).digest()).decode()


@pytest.mark.parametrize(
    ("request_", "placement"),
    [
        (parsed(), "header"),
        (SignedRequest.parse("GET", f"{URL}?{QUERY}&a=1"), "query"),
        (SignedRequest.parse("POST", URL, content_type=FORM, body=QUERY.encode()), "body"),
        (SignedRequest.parse("GET", f"{URL}?{QUERY}", authorization="Bearer abc"), "query"),
        (SignedRequest.parse("GET", f"{URL}?{QUERY}", authorization='OAuth realm="R"'), "query"),
    ],
)
def test_protocol_parameters_come_in_one_of_three_places(
    request_: SignedRequest, placement: str
) -> None:
    """PARITY 2.2 Parameter carriage; RFC 5849 §3.5"""
    assert request_.placement == placement
    assert request_.client_key
    assert request_.signature
    assert "oauth_signature" not in dict(request_.parameters)
    assert "realm" not in dict(request_.parameters)


@pytest.mark.parametrize(
    ("url", "authorization", "body"),
    [
        (f"{URL}?oauth_nonce=n", header(), b""),
        (URL, header(), b"oauth_nonce=n"),
        (f"{URL}?{QUERY}", None, b"oauth_token=t"),
        (f"{URL}?oauth_x=1", header(), b"oauth_y=1"),
    ],
)
def test_two_places_are_refused(url: str, authorization: str | None, body: bytes) -> None:
    """THREATS 8; RFC 5849 §3.5"""
    with pytest.raises(DuplicatedParameter, match="oauth_ parameters in"):
        SignedRequest.parse("POST", url, authorization=authorization, content_type=FORM, body=body)


@pytest.mark.parametrize(
    "again", ["oauth_nonce=a&oauth_nonce=a", "oauth_signature=a", "oauth_x&oauth_x"]
)
def test_a_protocol_parameter_twice_in_one_place_is_refused(again: str) -> None:
    """THREATS 8; PARITY 2.2 Parameter carriage; RFC 5849 §3.1"""
    with pytest.raises(DuplicatedParameter):
        SignedRequest.parse("GET", f"{URL}?{QUERY}&{again}")
    with pytest.raises(DuplicatedParameter):
        SignedRequest.parse("POST", URL, content_type=FORM, body=f"{QUERY}&{again}".encode())


def test_other_parameters_may_repeat() -> None:
    """PARITY 6 Authlib 1.0 repeats; RFC 5849 §3.4.1.3.2"""
    request = parsed(f"{URL}?a3=a", "POST", b"a3=2+q&a3=a", FORM)
    assert [one for name, one in request.parameters if name == "a3"] == ["2 q", "a", "a"]
    assert "a3%3D2%2520q%26a3%3Da%26a3%3Da" in request.base_string


def test_a_realm_in_query_or_body_is_an_ordinary_parameter() -> None:
    """PARITY 2.2 `realm`; RFC 5849 §3.4.1.3.1: only the header's is left out"""
    request = parsed(f"{URL}?realm=q", "POST", b"realm=b", FORM)
    assert request.realm is None
    assert "realm%3Db%26realm%3Dq" in request.base_string


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "GET"])
def test_a_form_is_signed_whatever_the_method(method: str) -> None:
    """PARITY 2.2 Body inclusion; S1 body for POST and PUT only"""
    assert ("a", "1") in parsed(URL, method, b"a=1", f"{FORM}; charset=utf-8").parameters


@pytest.mark.parametrize("content_type", [None, "text/plain", "multipart/form-data; boundary=a"])
def test_any_other_body_is_left_alone(content_type: str | None) -> None:
    """PARITY 2.2 Body inclusion; RFC 5849 §3.4.1.3.1"""
    request = parsed(URL, "POST", b"a=1&oauth_nonce=%", content_type)
    assert request.parameters == parsed(method="POST").parameters


@pytest.mark.parametrize("version", ["", "1", "1.0a", "1.1", "2.0", " 1.0", "\uff11.\uff10"])
def test_any_version_but_1_0_is_refused(version: str) -> None:
    """PARITY 2.2 `oauth_version`; THREATS 8; RFC 5849 §3.1"""
    with pytest.raises(VersionRejected) as refused:
        parsed(oauth_version=version)
    assert refused.value.status == 400
    assert refused.value.extra == {"oauth_acceptable_versions": "1.0-1.0"}


def test_a_version_is_1_0_or_omitted_and_is_signed_when_sent() -> None:
    """PARITY 2.2 `oauth_version`"""
    assert "oauth_version" not in parsed().base_string
    assert parsed(oauth_version="1.0").base_string.endswith("oauth_version%3D1.0")


def test_an_empty_token_counts_as_none_and_is_signed_as_sent() -> None:
    """PARITY 2.2 Empty token on the first request"""
    request = parsed(oauth_token="")
    assert request.token is None
    assert request.base_string.endswith("oauth_token%3D")
    with pytest.raises(ParameterAbsent):
        request.require("oauth_token")


def test_what_is_missing_is_named() -> None:
    """PARITY 2.2 Status codes: 400 for a missing parameter"""
    request = parsed(oauth_nonce=None, oauth_consumer_key="")
    with pytest.raises(ParameterAbsent) as refused:
        request.require("oauth_consumer_key", "oauth_signature", "oauth_nonce")
    assert refused.value.extra == {"oauth_parameters_absent": "oauth_consumer_key&oauth_nonce"}
    assert refused.value.status == 400
    request.require("oauth_signature")


@pytest.mark.parametrize(
    ("authorization", "url"),
    [(None, URL), ("OAuth", URL), ('OAuth realm="R", a="1"', URL), ("Bearer x", f"{URL}?a=1")],
)
def test_a_request_without_protocol_parameters_is_refused(
    authorization: str | None, url: str
) -> None:
    with pytest.raises(ParameterAbsent, match="oauth_consumer_key is required"):
        SignedRequest.parse("GET", url, authorization=authorization)


def test_parameters_read_by_name() -> None:
    request = parsed(oauth_callback="oob", oauth_verifier="v", oauth_own="x")
    assert request.client_key == PROTOCOL["oauth_consumer_key"]
    assert request.token == PROTOCOL["oauth_token"]
    assert request.signature_method == "HMAC-SHA1"
    assert request.signature == PROTOCOL["oauth_signature"]
    assert request.timestamp == PROTOCOL["oauth_timestamp"]
    assert request.nonce == PROTOCOL["oauth_nonce"]
    assert (request.callback, request.verifier, request.get("oauth_own")) == ("oob", "v", "x")


def test_what_is_not_sent_reads_as_nothing() -> None:
    request = parsed_with({**dict.fromkeys(PROTOCOL), "oauth_own": "x"})
    assert (request.client_key, request.signature_method, request.signature) == ("", "", "")
    assert (request.token, request.timestamp, request.nonce) == (None, None, None)
    assert (request.callback, request.verifier) == (None, None)


def test_the_log_shows_no_parameter() -> None:
    """THREATS 54"""
    shown = repr(parsed(f"{URL}?a=hidden"))
    assert not any(word in shown for word in ("hidden", *PROTOCOL.values()))


@pytest.mark.parametrize("method", ["", "GET ", "GE T", "GET\n", "GÉT", "\ud800", "A" * 65, "ß"])
def test_a_method_that_is_no_token_is_refused(method: str) -> None:
    """RFC 9110 §9.1"""
    with pytest.raises(ParameterRejected, match="method"):
        parsed(method=method)


@pytest.mark.parametrize("query", ["a=%", "a=%zz", "%ff", "a=%00"])
def test_a_malformed_query_is_refused(query: str) -> None:
    """PARITY 6 Authlib 1.0 parsing"""
    with pytest.raises(ParameterRejected) as refused:
        parsed(f"{URL}?{query}")
    assert refused.value.status == 400


def test_a_query_that_authlib_chokes_on_is_taken() -> None:
    """PARITY 6 Authlib 1.0 parsing: `a[]=1` is enough there"""
    assert ("a[]", "1") in parsed(f"{URL}?a[]=1").parameters


class TestBodyHash:
    """PARITY 2.2 Beyond RFC: oauth_body_hash (Request Body Hash §3, §4)."""

    @pytest.mark.parametrize(
        ("method", "name"),
        [
            ("HMAC-SHA1", "sha1"), ("RSA-SHA1", "sha1"), ("PLAINTEXT", "sha1"),
            ("HMAC-SHA256", "sha256"), ("RSA-SHA512", "sha512"), ("HMAC-SHA512", "sha1"),
        ],
    )  # fmt: skip
    def test_the_hash_of_the_body_is_taken(self, method: str, name: str) -> None:
        """THREATS 8: SHA-1, as the extension has it, or the hash of the signature method"""
        body = b'{"a": 1}'
        parsed(URL, "POST", body, "application/json", oauth_signature_method=method,
               oauth_body_hash=_sha(name, body))  # fmt: skip

    @pytest.mark.parametrize(
        "sent",
        ["", "x", "é", _sha("sha1", b"other"), _sha("sha256", b"body"), _sha("md5", b"body")],
    )
    def test_any_other_hash_is_refused(self, sent: str) -> None:
        """THREATS 8"""
        with pytest.raises(ParameterRejected, match="does not fit"):
            parsed(URL, "POST", b"body", "text/plain", oauth_body_hash=sent)

    def test_the_hash_of_nothing_goes_with_no_body(self) -> None:
        assert _sha("sha1", b"") == "2jmj7l5rSw0yVb/vlWAYkK/YBwk="
        parsed(oauth_body_hash="2jmj7l5rSw0yVb/vlWAYkK/YBwk=")

    def test_a_form_is_not_signed_by_a_hash(self) -> None:
        with pytest.raises(ParameterRejected, match="does not go with a form"):
            parsed(URL, "POST", b"a=1", FORM, oauth_body_hash=_sha("sha1", b"a=1"))


def test_a_refusal_is_always_of_one_class() -> None:
    for authorization in ("OAuth a", "OAuth", format_header([("oauth_version", "2")])):
        with pytest.raises(OAuth1Error):
            SignedRequest.parse("GET", URL, authorization=authorization)
