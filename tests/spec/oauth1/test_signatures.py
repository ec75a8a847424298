"""Signature methods."""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512

from consentry.spec.oauth1.signatures import (
    STANDARD_METHODS,
    SignatureInput,
    SignatureMethods,
    load_rsa_public_key,
    signing_key,
)
from consentry.spec.oauth1.signing import Credentials

from .made import (
    certificate_pem,
    holds,
    parsed,
    private_pem,
    public_pem,
    received,
    rsa_key,
    signed,
)

WHO = Credentials("key", "kd94hf93k423kf44", "token", "pfkkdhi9sl3r4s00", private_pem(rsa_key()))
PUBLIC = public_pem(rsa_key())
EC_KEY = ec.generate_private_key(ec.SECP256R1())
every_method = pytest.mark.parametrize("name", STANDARD_METHODS)
rsa_methods = pytest.mark.parametrize(
    ("name", "algorithm"),
    [("RSA-SHA1", SHA1()), ("RSA-SHA256", SHA256()), ("RSA-SHA512", SHA512())],  # noqa: S303
)


@every_method
def test_what_we_sign_we_verify(name: str) -> None:
    """PARITY 2.2 Beyond RFC"""
    request = received("GET", signed(WHO, signature_method=name))
    assert request.signature_method == name
    assert holds(request, WHO, PUBLIC)


@every_method
def test_another_signature_is_refused(name: str) -> None:
    request = received("GET", signed(WHO, signature_method=name))
    for signature in ("", "x", request.signature[:-1], request.signature + "A", "é", "====", "\n"):
        other = replace(request, protocol={**request.protocol, "oauth_signature": signature})
        assert not holds(other, WHO, PUBLIC)


@pytest.mark.parametrize("name", [one for one in STANDARD_METHODS if one != "PLAINTEXT"])
def test_whatever_is_signed_cannot_be_changed(name: str) -> None:
    """RFC 5849 §3.4.1: method, URI and parameters"""
    request = received("GET", signed(WHO, signature_method=name))
    for change in (
        {"method": "POST"},
        {"uri": request.uri + "x"},
        {"parameters": (*request.parameters, ("a", "1"))},
        {"parameters": request.parameters[1:]},
    ):
        assert not holds(replace(request, **change), WHO, PUBLIC)


def test_the_hmac_key_is_both_secrets_encoded() -> None:
    """PARITY 2.2 HMAC key; RFC 5849 §3.4.2"""
    assert signing_key("a", "") == "a&"
    assert signing_key("", "") == "&"
    assert signing_key("a&b", "ü %") == "a%26b&%C3%BC%20%25"


@pytest.mark.parametrize("name", ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "PLAINTEXT"])
def test_both_secrets_count(name: str) -> None:
    request = received("GET", signed(WHO, signature_method=name))
    assert not holds(request, replace(WHO, client_secret="other"))
    assert not holds(request, replace(WHO, token_secret=""))
    assert not holds(request, replace(WHO, client_secret=WHO.token_secret))


@pytest.mark.parametrize("name", ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "PLAINTEXT"])
def test_a_client_without_a_secret_signs_nothing(name: str) -> None:
    """THREATS 3: an RSA client never falls back to its secret; RFC 5849 §4.9"""
    nobody = replace(WHO, client_secret="")
    assert not holds(received("GET", signed(nobody, signature_method=name)), nobody, PUBLIC)


@rsa_methods
def test_rsa_signatures_are_pkcs1_v1_5_over_the_base_string(name: str, algorithm: Any) -> None:
    """PARITY 2.2 RSA; RFC 5849 §3.4.3"""
    request = parsed(oauth_signature_method=name)
    by_hand = rsa_key().sign(request.base_string.encode(), PKCS1v15(), algorithm)
    with_it = {**request.protocol, "oauth_signature": b64encode(by_hand).decode()}
    assert holds(replace(request, protocol=with_it), Credentials("key"), PUBLIC)


@rsa_methods
def test_an_rsa_signature_needs_its_own_key_and_hash(name: str, algorithm: Any) -> None:
    """PARITY 2.2 RSA"""
    request = received("GET", signed(WHO, signature_method=name))
    assert holds(request, Credentials("key"), certificate_pem(rsa_key()))
    for pem in (public_pem(rsa_key(1)), "", "x", "\ud800", public_pem(EC_KEY), WHO.rsa_private_key):
        assert not holds(request, WHO, pem)
    assert not holds(request, WHO, certificate_pem(EC_KEY))
    other = {
        **request.protocol,
        "oauth_signature_method": f"RSA-{'SHA1' if '256' in name else 'SHA256'}",
    }
    assert not holds(replace(request, protocol=other), WHO, PUBLIC)


def test_only_an_rsa_key_loads() -> None:
    assert load_rsa_public_key(f"\n {PUBLIC}\n").key_size == 2_048
    for pem in ("", "x", public_pem(EC_KEY), certificate_pem(EC_KEY)):
        with pytest.raises(ValueError):
            load_rsa_public_key(pem)


def test_plaintext_is_the_key_itself() -> None:
    """PARITY 2.2 PLAINTEXT; RFC 5849 §3.4.4"""
    request = received("GET", signed(WHO, signature_method="PLAINTEXT"))
    assert request.signature == "kd94hf93k423kf44&pfkkdhi9sl3r4s00"
    odd = Credentials("key", "a&b%", "t", "c d")
    made = signed(odd, signature_method="PLAINTEXT")
    assert 'oauth_signature="a%2526b%2525%26c%2520d"' in made.headers["Authorization"]
    assert holds(received("GET", made), odd)


class TestOnesOwn:
    """S0 register_signature_method."""

    given = SignatureInput(parsed(oauth_signature_method="OWN"), "secret")

    @pytest.mark.parametrize("answer", [True, False])
    async def test_a_method_of_ones_own_answers_at_once_or_later(self, answer: bool) -> None:
        """S0 register_signature_method: async or sync"""
        methods, asked = SignatureMethods(), []

        def at_once(given: SignatureInput) -> bool:
            asked.append(given)
            return answer

        async def later(given: SignatureInput) -> bool:
            await asyncio.sleep(0)
            return at_once(given)

        methods.register("OWN", at_once)
        assert methods.verify("OWN", self.given) is answer
        methods.register("OWN", later)
        found = methods.verify("OWN", self.given)
        assert isinstance(found, Awaitable)
        assert await found is answer
        assert asked == [self.given, self.given]

    @pytest.mark.parametrize("answer", ["c2lnbmF0dXJl", "", 1, 0, None, b"x", [True]])
    def test_an_answer_that_is_no_bool_is_refused(self, answer: Any) -> None:
        """PARITY 6 Authlib 1.0 docs"""
        methods = SignatureMethods()
        methods.register("OWN", lambda given: answer)
        with pytest.raises(TypeError, match="OWN must answer True or False"):
            methods.verify("OWN", self.given)

    def test_each_server_has_its_own(self) -> None:
        """S0 register_signature_method: the original writes one dictionary shared by all"""
        one, other = SignatureMethods(), SignatureMethods()
        one.register("OWN", lambda given: True)
        assert one.names == (*STANDARD_METHODS, "OWN")
        assert other.names == STANDARD_METHODS
        with pytest.raises(KeyError):
            other.verify("OWN", self.given)

    def test_a_standard_method_can_be_replaced(self) -> None:
        methods = SignatureMethods()
        methods.register("HMAC-SHA1", lambda given: False)
        request = received("GET", signed(WHO))
        assert methods.verify("HMAC-SHA1", SignatureInput(request, WHO.client_secret)) is False


def test_the_log_shows_no_secret() -> None:
    """THREATS 54"""
    assert "secret" not in repr(SignatureInput(parsed(), "secret", "secret-of-token"))
    assert WHO.client_secret not in repr(WHO)
    assert "PRIVATE" not in repr(WHO)
