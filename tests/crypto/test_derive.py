"""Key derivation."""

from hypothesis import given
from hypothesis import strategies as st

from consentry.crypto.derive import bound, subkey

TRIPLE = st.tuples(
    st.text(st.characters(exclude_characters="|", codec="utf-8"), min_size=1),
    st.binary(),
    st.integers(0, 0xFFFF),
)


def test_a_subkey_is_hkdf_sha256_without_salt() -> None:
    """RFC 5869 appendix A.3"""
    expected = (
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    )
    assert subkey(b"\x0b" * 22, "", length=42).hex() == expected


def test_subkeys_of_two_names_differ() -> None:
    assert subkey(bytes(32), "one") != subkey(bytes(32), "two")


@given(TRIPLE, TRIPLE)
def test_two_bindings_are_equal_only_if_all_their_parts_are(
    one: tuple[str, bytes, int], other: tuple[str, bytes, int]
) -> None:
    assert (bound(*one) == bound(*other)) == (one == other)
