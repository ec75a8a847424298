"""Random secrets and their digests."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.crypto.secrets import digest, matches, new_secret


@pytest.mark.parametrize(("nbytes", "characters"), [(16, 22), (32, 43)])
def test_a_secret_carries_the_bytes_asked_for(nbytes: int, characters: int) -> None:
    secret = new_secret(nbytes)
    assert len(secret) == characters
    assert len(base64.urlsafe_b64decode(secret + "==")) == nbytes


def test_no_secret_comes_twice() -> None:
    assert len({new_secret() for _ in range(100)}) == 100


def test_a_digest_is_sha_256() -> None:
    """FIPS 180-4, the example of one block."""
    assert digest("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@given(st.text(), st.text())
def test_a_secret_matches_its_own_digest_only(secret: str, other: str) -> None:
    assert matches(secret, digest(secret))
    assert matches(other, digest(secret)) == (other == secret)


def test_half_a_character_is_an_ordinary_mismatch() -> None:
    assert not matches("\ud800", digest("secret"))


def test_a_cut_digest_does_not_match() -> None:
    assert not matches("secret", digest("secret")[:16])
