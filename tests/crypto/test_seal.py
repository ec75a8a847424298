"""AEAD_AES_256_GCM_SIV and its wrapper."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.crypto.seal import NONCE_BYTES, OVERHEAD, Sealer, Unsealable, seal, unseal

KEY = bytes(range(32))
VECTORS = json.loads((Path(__file__).parent / "data/rfc8452_appendix_c.json").read_text())[
    "vectors"
]


def _bytes(vector: dict[str, str], name: str) -> bytes:
    return bytes.fromhex(vector[name])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["section"])
def test_a_reference_vector_seals_and_unseals(vector: dict[str, str]) -> None:
    """RFC 8452 appendix C"""
    sealer = Sealer(_bytes(vector, "key"))
    nonce, aad = _bytes(vector, "nonce"), _bytes(vector, "aad")
    sealed = sealer.seal(_bytes(vector, "plaintext"), context=aad, nonce=nonce)
    assert sealed == nonce + _bytes(vector, "result")
    assert sealer.unseal(sealed, context=aad) == _bytes(vector, "plaintext")


@given(st.binary(), st.binary(max_size=64))
def test_what_is_sealed_comes_back(plaintext: bytes, context: bytes) -> None:
    sealed = seal(KEY, plaintext, context=context)
    assert len(sealed) == len(plaintext) + OVERHEAD
    assert unseal(KEY, sealed, context=context) == plaintext


@given(st.binary(max_size=40), st.data())
def test_one_changed_bit_anywhere_is_refused(plaintext: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(KEY, plaintext, context=b"context"))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Unsealable):
        unseal(KEY, bytes(sealed), context=b"context")


def test_another_context_is_refused() -> None:
    with pytest.raises(Unsealable):
        unseal(KEY, seal(KEY, b"text", context=b"one"), context=b"other")


def test_another_key_is_refused() -> None:
    with pytest.raises(Unsealable):
        unseal(bytes(32), seal(KEY, b"text", context=b""), context=b"")


@pytest.mark.parametrize("size", [0, NONCE_BYTES, OVERHEAD - 1])
def test_what_is_too_short_to_be_sealed_is_refused(size: int) -> None:
    with pytest.raises(Unsealable, match="shorter"):
        unseal(KEY, bytes(size), context=b"")


def test_two_seals_of_one_text_differ() -> None:
    assert seal(KEY, b"text", context=b"") != seal(KEY, b"text", context=b"")


def test_a_given_nonce_makes_the_result_repeat() -> None:
    nonce = bytes(NONCE_BYTES)
    first, second = (seal(KEY, b"text", context=b"c", nonce=nonce) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("size", [0, 11, 13])
def test_a_nonce_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="nonce"):
        seal(KEY, b"", context=b"", nonce=bytes(size))


@pytest.mark.parametrize("size", [0, 16, 24, 33])
def test_a_key_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="key"):
        Sealer(bytes(size))
