"""The examples of RFC 5849."""

import json
from pathlib import Path
from typing import Any

import pytest

from consentry.spec.oauth1.base_string import base_string, base_string_uri, normalized_parameters
from consentry.spec.oauth1.request import SignedRequest
from consentry.spec.oauth1.signatures import hmac_signature, signing_key
from consentry.spec.oauth1.signing import Credentials
from consentry.spec.oauth1.timestamp import check_timestamp

from .made import holds, received, signed

DATA = Path(__file__).parent / "data"
WORKED = json.loads((DATA / "rfc5849_1_2.json").read_text())
SECTIONS = json.loads((DATA / "rfc5849_3_4_1.json").read_text())
SECRET = WORKED["client_secret"]
worked = pytest.mark.parametrize(
    "vector", WORKED["requests"], ids=[one["name"] for one in WORKED["requests"]]
)


def _parsed(vector: dict[str, Any]) -> SignedRequest:
    return SignedRequest.parse(
        vector["method"], vector["url"], authorization=vector["authorization"]
    )


@worked
def test_a_worked_request_has_the_signature_of_the_rfc(vector: dict[str, Any]) -> None:
    """PARITY 1.4 POST https initiate, POST https token, GET http photos; RFC 5849 §1.2"""
    request = _parsed(vector)
    assert request.base_string == vector["base_string"]
    key = signing_key(SECRET, vector["token_secret"])
    assert hmac_signature(request.base_string, key, "HMAC-SHA1") == vector["signature"]
    assert request.signature == vector["signature"]
    assert request.realm == "Photos"
    assert "realm" not in request.base_string
    assert holds(request, Credentials("", SECRET, token_secret=vector["token_secret"]))


@worked
def test_a_worked_request_holds_at_the_time_it_was_made(vector: dict[str, Any]) -> None:
    """PARITY 1.4: the verifier's clock is given, not read"""
    check_timestamp(_parsed(vector), vector["timestamp"], 300)


@worked
def test_a_worked_request_is_signed_alike(vector: dict[str, Any]) -> None:
    """RFC 5849 §1.2; our own requests state a version, the RFC's do not"""
    request = _parsed(vector)
    credentials = Credentials(request.client_key, SECRET, request.token, vector["token_secret"])
    extra = {
        name: text
        for name, text in request.protocol.items()
        if name in ("oauth_callback", "oauth_verifier")
    }
    made = signed(
        credentials, vector["method"], vector["url"], timestamp=vector["timestamp"],
        nonce=request.nonce, realm="Photos", extra=extra,
    )  # fmt: skip
    again = received(vector["method"], made)
    assert set(again.parameters) - set(request.parameters) == {("oauth_version", "1.0")}
    without = [pair for pair in again.parameters if pair[0] != "oauth_version"]
    assert base_string(again.method, again.uri, without) == vector["base_string"]
    assert holds(again, credentials)


def test_the_long_base_string_is_that_of_the_rfc() -> None:
    """PARITY 1.4, RFC 5849 §3.4.1.1: its signature was made with secrets nobody knows"""
    vector = SECTIONS["3.4.1.1"]
    request = SignedRequest.parse(
        vector["method"],
        vector["url"],
        authorization=vector["authorization"],
        content_type=vector["content_type"],
        body=vector["body"].encode(),
    )
    assert request.base_string == vector["base_string"]
    assert request.realm == "Example"


@pytest.mark.parametrize(("url", "uri"), SECTIONS["3.4.1.2"])
def test_base_string_uris_are_those_of_the_rfc(url: str, uri: str) -> None:
    """RFC 5849 §3.4.1.2"""
    assert base_string_uri(url) == uri


def test_normalized_parameters_are_those_of_the_rfc() -> None:
    """RFC 5849 §3.4.1.3.2"""
    pairs = [(name, text) for name, text in SECTIONS["3.4.1.3.1"]]
    assert normalized_parameters(pairs) == SECTIONS["3.4.1.3.2"]
    assert normalized_parameters(reversed(pairs)) == SECTIONS["3.4.1.3.2"]
