"""Signed tokens, read back by libraries."""

import warnings

import pytest
from joserfc import jwk, jwt

from consentry.jose.algorithms import SIGNING_ALGS
from consentry.jose.keys import PrivateKey
from consentry.jose.sign import sign

from .signing import CLAIMS, key


def _read(token: str, signer: PrivateKey) -> jwt.Token:
    with warnings.catch_warnings():
        # The library warns that the name EdDSA is old (RFC 9864).
        warnings.simplefilter("ignore")
        public = jwk.import_key(signer.public_jwk)
        return jwt.decode(token, public, algorithms=[signer.alg])


@pytest.mark.parametrize("alg", SIGNING_ALGS)
def test_a_library_reads_what_was_signed(alg: str) -> None:
    token = _read(sign(CLAIMS, key(alg), typ="JWT"), key(alg))
    assert token.claims == CLAIMS
    assert token.header == {"alg": alg, "kid": key(alg).kid, "typ": "JWT"}


def test_each_kind_of_token_has_its_own_typ() -> None:
    """RFC 8725 §3.11"""
    kinds = [_read(sign(CLAIMS, key("ES256"), typ=typ), key("ES256")) for typ in ("a", "b", "a")]
    assert [token.header["typ"] for token in kinds] == ["a", "b", "a"]


def test_claims_that_json_cannot_carry_are_refused() -> None:
    with pytest.raises(TypeError):
        sign({"sub": object()}, key("ES256"), typ="JWT")


def test_signing_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sign(CLAIMS, key("EdDSA"), typ="JWT")
