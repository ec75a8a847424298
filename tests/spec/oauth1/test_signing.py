"""Signing requests as a client."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from consentry.spec.oauth1.errors import ParameterRejected
from consentry.spec.oauth1.signing import Credentials

from .made import FORM, NOW, URL, holds, private_pem, received, signed

WHO = Credentials("key", "secret", "token", "token-secret")


@pytest.mark.parametrize("placement", ["header", "body", "query"])
def test_the_parameters_travel_where_they_shall(placement: str) -> None:
    """RFC 5849 §3.5"""
    made = signed(WHO, "POST", f"{URL}?a=1", placement=placement)
    request = received("POST", made)
    assert request.placement == placement
    assert ("a", "1") in request.parameters
    assert ("Authorization" in made.headers) is (placement == "header")
    assert (made.body != b"") is (placement == "body")
    assert (made.url != f"{URL}?a=1") is (placement == "query")
    assert holds(request, WHO)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://e.example", "http://e.example?oauth_"),
        ("http://e.example/?", "http://e.example/?oauth_"),
        ("http://e.example/?a", "http://e.example/?a&oauth_"),
        ("http://e.example/?a&", "http://e.example/?a&oauth_"),
        ("http://e.example/#top?", "http://e.example/?oauth_"),
    ],
)
def test_a_query_is_added_to(url: str, expected: str) -> None:
    """RFC 5849 §3.5.3"""
    made = signed(WHO, url=url, placement="query")
    assert made.url.startswith(expected)
    assert made.url.endswith("#top?") is ("#" in url)
    assert holds(received("GET", made), WHO)


def test_a_form_is_added_to() -> None:
    """RFC 5849 §3.5.2"""
    made = signed(WHO, "POST", placement="body", body=b"a=1+2", content_type=FORM)
    assert made.body.startswith(b"a=1+2&oauth_consumer_key=key&")
    assert made.headers == {"Content-Type": FORM}
    assert holds(received("POST", made), WHO)


def test_a_body_that_is_no_form_carries_no_parameters() -> None:
    """RFC 5849 §3.5.2"""
    for stated in ("application/json", None):
        with pytest.raises(ValueError, match="only a form"):
            signed(WHO, "POST", placement="body", body=b"{}", content_type=stated)


@pytest.mark.parametrize("name", ["Content-Type", "content-type"])
def test_a_content_type_among_the_headers_counts(name: str) -> None:
    """RFC 5849 §3.4.1.3.1"""
    made = signed(WHO, "POST", headers={name: FORM, "Accept": "a/b"}, body=b"a=1")
    assert made.headers[name] == FORM
    assert made.headers["Accept"] == "a/b"
    assert len(made.headers) == 3
    assert made.headers == signed(WHO, "POST", headers=made.headers, body=b"a=1").headers
    by_hand = signed(WHO, "POST", content_type=FORM, body=b"a=1")
    assert by_hand.headers["Authorization"] == made.headers["Authorization"]


def test_an_old_authorization_is_replaced() -> None:
    made = signed(WHO, headers={"authorization": "Bearer abc"})
    assert list(made.headers) == ["Authorization"]


def test_a_body_of_another_type_is_signed_by_its_hash() -> None:
    """Request Body Hash §3"""
    made = signed(
        WHO, "POST", body=b"{}", content_type="application/json", with_body_hash=True,
        signature_method="HMAC-SHA256",
    )  # fmt: skip
    request = received("POST", made)
    assert request.get("oauth_body_hash") == "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o="
    assert holds(request, WHO)
    with pytest.raises(ParameterRejected, match="does not fit"):
        received("POST", type(made)(made.url, made.headers, b"[]"))


def test_a_form_gets_no_body_hash() -> None:
    """Request Body Hash §4.1"""
    made = signed(WHO, "POST", body=b"a=1", content_type=FORM, with_body_hash=True)
    assert received("POST", made).get("oauth_body_hash") is None


def test_further_parameters_are_signed_and_may_replace_ours() -> None:
    made = signed(WHO, extra={"oauth_callback": "http://a.example/?b=%20", "oauth_nonce": "own"})
    request = received("GET", made)
    assert request.callback == "http://a.example/?b=%20"
    assert request.nonce == "own"
    assert holds(request, WHO)


def test_a_realm_goes_first_and_is_not_signed() -> None:
    """RFC 5849 §3.5.1"""
    with_it, without = signed(WHO, realm='a "b"'), signed(WHO)
    assert with_it.headers["Authorization"].startswith('OAuth realm="a \\"b\\"", oauth_')
    assert received("GET", with_it).signature == received("GET", without).signature
    assert received("GET", with_it).realm == 'a "b"'


def test_a_client_on_its_own_behalf_sends_no_token() -> None:
    request = received("GET", signed(Credentials("key", "secret")))
    assert "oauth_token" not in request.protocol
    assert request.timestamp == str(NOW)
    assert request.get("oauth_version") == "1.0"


def test_a_method_of_ones_own_signs() -> None:
    """S0 register_signature_method, the client's side"""
    made = signed(
        WHO, signature_method="OWN", sign=lambda who, text: f"{who.client_key} {text[:3]}"
    )
    assert received("GET", made).signature == "key GET"


def test_a_method_nobody_knows_cannot_sign() -> None:
    with pytest.raises(ValueError, match="OWN is not a standard signature method"):
        signed(WHO, signature_method="OWN")


def test_only_an_rsa_key_signs() -> None:
    ec_pem = private_pem(ec.generate_private_key(ec.SECP256R1()))
    for pem in ("", "x", ec_pem):
        with pytest.raises(ValueError):
            signed(Credentials("key", rsa_private_key=pem), signature_method="RSA-SHA256")


@pytest.mark.parametrize(
    "how",
    [
        {"url": "photos"},
        {"url": f"{URL}?a=%"},
        {"body": b"a=%", "content_type": FORM},
    ],
)
def test_what_no_server_would_take_is_not_signed(how: dict[str, Any]) -> None:
    with pytest.raises(ParameterRejected):
        signed(WHO, **how)


def test_the_log_shows_nothing_of_what_is_sent() -> None:
    """THREATS 54"""
    assert "key" not in repr(signed(WHO))
