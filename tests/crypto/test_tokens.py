"""The text form of sealed references."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.crypto.seal import Unsealable
from consentry.crypto.tokens import ACCESS, CODE, MAX_CHARACTERS, REFRESH, decode, encode

ALPHABET = string.ascii_letters + string.digits + "-_"


@given(st.binary(max_size=200))
def test_what_is_encoded_comes_back(raw: bytes) -> None:
    text = encode(ACCESS, raw)
    assert text.startswith("cns_at_")
    assert set(text) <= set(ALPHABET)
    assert decode(ACCESS, text) == raw


@given(st.text(max_size=40) | st.text(ALPHABET + "=+/ \n", max_size=40))
def test_a_text_decodes_only_if_it_is_the_spelling_of_its_bytes(body: str) -> None:
    try:
        raw = decode(CODE, CODE + body)
    except Unsealable:
        return
    assert encode(CODE, raw) == CODE + body


@given(st.binary(min_size=1, max_size=60), st.sampled_from(ALPHABET))
def test_no_other_last_character_gives_the_same_bytes(raw: bytes, last: str) -> None:
    """RFC 4648 §3.5"""
    text = encode(REFRESH, raw)
    other = text[:-1] + last
    if other == text:
        return
    try:
        assert decode(REFRESH, other) != raw
    except Unsealable:
        pass


@pytest.mark.parametrize(
    "body",
    ["AB", "A", "AA==", "AA=", "AA\n", " AA", "A A", "A+", "A/", "AÀ", "AA.", "\uff21\uff21"],
)
def test_every_other_spelling_is_refused(body: str) -> None:
    assert decode(CODE, CODE + "AA") == b"\x00"
    with pytest.raises(Unsealable):
        decode(CODE, CODE + body)


@pytest.mark.parametrize("text", ["", "AA", "cns_at_AA", "CNS_AC_AA", " cns_ac_AA", "cns_ac"])
def test_a_text_without_the_prefix_is_refused(text: str) -> None:
    with pytest.raises(Unsealable, match="kind"):
        decode(CODE, text)


def test_a_text_of_4096_characters_is_the_longest() -> None:
    longest = CODE + "A" * (MAX_CHARACTERS - len(CODE))
    # 4089 characters after the prefix are one too many for whole bytes; one fewer fits.
    assert encode(CODE, decode(CODE, longest[:-1])) == longest[:-1]
    with pytest.raises(Unsealable, match="too long"):
        decode(CODE, longest + "AAA")


def test_no_token_is_made_that_could_not_be_read() -> None:
    with pytest.raises(ValueError, match="4096"):
        encode(CODE, bytes(3080))
