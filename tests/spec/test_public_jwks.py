"""A client's key set holds public keys only."""

from typing import Any

import pytest

from consentry.spec.public_jwks import check_public_jwks

RSA = {"kty": "RSA", "n": "u" * 342, "e": "AQAB"}
EC = {"kty": "EC", "crv": "P-256", "x": "a" * 43, "y": "b" * 43}
OKP = {"kty": "OKP", "crv": "Ed25519", "x": "a" * 43}


def test_public_keys_of_every_type_are_taken() -> None:
    """RFC 7518 §6, RFC 8037 §2"""
    check_public_jwks({"keys": [{**RSA, "kid": "1"}, {**EC, "kid": "2"}, OKP]})


@pytest.mark.parametrize("base", [RSA, EC, OKP], ids=lambda key: key["kty"])
@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"])
def test_a_private_member_is_refused(base: dict[str, str], member: str) -> None:
    with pytest.raises(ValueError, match="not a public key"):
        check_public_jwks({"keys": [{**base, member: "a"}]})


@pytest.mark.parametrize(
    ("jwks", "why"),
    [
        ({}, "list of keys"),
        ({"keys": {}}, "list of keys"),
        ({"keys": []}, "list of keys"),
        ({"keys": [EC] * 21}, "more than 20"),
        ({"keys": ["a"]}, "not an object"),
        ({"keys": [{}]}, "kty"),
        ({"keys": [{"kty": "oct"}]}, "kty"),
        ({"keys": [{"kty": ["RSA"]}]}, "kty"),
        ({"keys": [{"kty": "EC", "crv": "P-256", "x": "a"}]}, "no usable y"),
        ({"keys": [{**RSA, "n": 5}]}, "no usable n"),
        ({"keys": [{**RSA, "n": "a+b="}]}, "no usable n"),
        ({"keys": [{**RSA, "n": "u" * 341}]}, "fewer than 2048"),
        ({"keys": [{**RSA, "n": "A" * 200 + "u" * 200}]}, "fewer than 2048"),
        ({"keys": [{**EC, "kid": 1}]}, "kid"),
        ({"keys": [{**EC, "kid": ["a"]}]}, "kid"),
        ({"keys": [{**EC, "kid": "a"}, {**OKP, "kid": "a"}]}, "same kid"),
    ],
)
def test_a_bad_key_set_is_refused_with_its_reason(jwks: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        check_public_jwks(jwks)
