"""Signing keys."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from consentry.jose.algorithms import SIGNING_ALGS
from consentry.jose.jwks import public_only, thumbprint
from consentry.jose.keys import PrivateKey, generate

from .signing import key


def _pkcs8(native: ec.EllipticCurvePrivateKey | ed448.Ed448PrivateKey) -> bytes:
    return native.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize("alg", SIGNING_ALGS)
def test_a_public_key_says_what_it_is_for_and_shows_nothing_private(alg: str) -> None:
    """RFC 7517 §4"""
    public = key(alg).public_jwk
    assert (public["alg"], public["use"], public["kid"]) == (alg, "sig", key(alg).kid)
    assert public["kid"] == thumbprint(public)
    assert set(public) <= {"kty", "crv", "x", "y", "n", "e", "kid", "alg", "use"}
    assert public_only({"keys": [public]}) == [public]


@pytest.mark.parametrize("alg", SIGNING_ALGS)
def test_a_key_survives_being_written_down(alg: str) -> None:
    again = PrivateKey.from_bytes(alg, key(alg).to_bytes())
    assert (again.kid, again.public_jwk) == (key(alg).kid, key(alg).public_jwk)


def test_what_is_written_down_is_pkcs8() -> None:
    load_der_private_key(key("ES256").to_bytes(), password=None)


def test_two_keys_differ() -> None:
    assert key("ES256").kid != key("ES256", 1).kid


def test_a_key_does_not_show_itself() -> None:
    assert repr(key("ES256")) == f"PrivateKey(alg='ES256', kid='{key('ES256').kid}')"


@pytest.mark.parametrize("alg", ["HS256", "none", "RS512", "es256", ""])
def test_no_key_is_made_for_an_algorithm_we_do_not_sign_with(alg: str) -> None:
    with pytest.raises(ValueError, match="algorithm"):
        generate(alg)


@pytest.mark.parametrize(
    ("made_for", "read_for"),
    [("ES256", "RS256"), ("RS256", "ES256"), ("ES256", "EdDSA"), ("EdDSA", "ES256")],
)
def test_a_key_of_another_type_is_not_read(made_for: str, read_for: str) -> None:
    with pytest.raises(ValueError, match=f"not a key for {read_for}"):
        PrivateKey.from_bytes(read_for, key(made_for).to_bytes())


def test_a_key_is_not_read_for_an_unknown_algorithm() -> None:
    with pytest.raises(ValueError, match="algorithm"):
        PrivateKey.from_bytes("HS256", key("ES256").to_bytes())


def test_a_key_of_another_curve_is_not_read() -> None:
    data = _pkcs8(ec.generate_private_key(ec.SECP384R1()))
    with pytest.raises(ValueError, match="not a key for ES256"):
        PrivateKey.from_bytes("ES256", data)


def test_a_kind_of_key_we_do_not_sign_with_is_not_read() -> None:
    with pytest.raises(ValueError, match="kind of key"):
        PrivateKey.from_bytes("EdDSA", _pkcs8(ed448.Ed448PrivateKey.generate()))


@pytest.mark.parametrize("data", [b"", b"key"])
def test_bytes_that_are_no_key_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        PrivateKey.from_bytes("ES256", data)
