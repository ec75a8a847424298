"""Passwords."""

import base64

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from consentry.crypto.passwords import (
    DUMMY_HASH,
    hash_password,
    is_outdated,
    is_phc,
    renewed,
    takes_place_of,
    verify_password,
)

PASSWORD = "correct horse battery staple"
# Reference implementation of Argon2 (phc-winner-argon2), test.c: the password is "password".
REFERENCE = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"


def _phc(m: str = "64", t: str = "1", p: str = "1", salt: int = 8, size: int = 16) -> str:
    salted, hashed = (base64.b64encode(bytes(n)).decode().rstrip("=") for n in (salt, size))
    return f"$argon2id$v=19$m={m},t={t},p={p}${salted}${hashed}"


def test_a_password_fits_its_hash_and_no_other_does() -> None:
    phc = hash_password(PASSWORD)
    assert verify_password(PASSWORD, phc)
    assert not verify_password(PASSWORD + " ", phc)
    assert not verify_password("", phc)


def test_a_hash_states_the_costs_owasp_asks_for() -> None:
    assert hash_password(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_two_hashes_of_one_password_differ() -> None:
    assert hash_password(PASSWORD) != hash_password(PASSWORD)


@pytest.mark.parametrize(
    ("costs", "is_it"),
    [
        (("19456", "2", "1"), False),
        (("47104", "1", "1"), False),
        (("19456", "2", "4"), False),
        (("19455", "2", "1"), True),
        (("19456", "1", "4"), True),
    ],
)
def test_a_hash_is_outdated_that_costs_less_to_guess(
    costs: tuple[str, str, str], is_it: bool
) -> None:
    assert is_outdated(_phc(*costs)) is is_it


def test_what_is_no_hash_is_not_outdated_and_cannot_be_renewed() -> None:
    assert not is_outdated("plain")
    with pytest.raises(ValueError, match="argon2id"):
        renewed("password", "plain")


def test_a_renewed_hash_is_of_todays_costs_and_known_by_the_old_one() -> None:
    better = renewed("password", REFERENCE)
    assert not is_outdated(better) and verify_password("password", better)
    assert takes_place_of(better, REFERENCE) and takes_place_of(REFERENCE, REFERENCE)
    assert not takes_place_of(hash_password("password"), REFERENCE)
    assert not takes_place_of("plain", REFERENCE) and not takes_place_of(better, "plain")
    # What cost as much as ours is never replaced: another hash is another password's.
    assert not takes_place_of(_phc(m="19456", t="2"), _phc(m="19456", t="3"))


def test_a_hash_made_elsewhere_is_taken_over() -> None:
    assert is_phc(REFERENCE)
    assert verify_password("password", REFERENCE)
    assert not verify_password("Password", REFERENCE)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        pytest.param("pa\u0308sse", "p\u00e4sse", id="decomposed and composed"),
        pytest.param("a\u3000b\u00a0c", "a b c", id="wide and no-break space"),
        pytest.param("\u00c5ngstr\u00f6m", "\u212bngstr\u00f6m", id="angstrom sign"),
    ],
)
def test_two_ways_of_typing_one_password_are_equal(typed: str, stored: str) -> None:
    """RFC 8265 §4.2.2"""
    assert verify_password(typed, hash_password(stored))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        pytest.param("password", "Password", id="case"),
        pytest.param("\uff50w", "pw", id="width"),
        pytest.param("\ufb01", "fi", id="ligature"),
    ],
)
def test_what_only_looks_alike_is_another_password(typed: str, stored: str) -> None:
    """RFC 8265 §4.2.2: NFC, not NFKC; no case mapping."""
    assert not verify_password(typed, hash_password(stored))


@pytest.mark.parametrize("password", ["", "with\x00nul", "line\nbreak", "half\ud800"])
def test_a_password_that_could_not_be_typed_again_is_refused(password: str) -> None:
    with pytest.raises(ValueError, match="password"):
        hash_password(password)


def test_no_password_fits_the_dummy_hash() -> None:
    assert is_phc(DUMMY_HASH)
    assert DUMMY_HASH.rsplit("$", 2)[0] == hash_password(PASSWORD).rsplit("$", 2)[0]
    assert not verify_password("", DUMMY_HASH)
    assert not verify_password(PASSWORD, DUMMY_HASH)


def test_an_empty_password_never_fits_even_where_it_was_hashed_elsewhere() -> None:
    kdf = Argon2id(salt=bytes(8), length=16, iterations=1, lanes=1, memory_cost=8)
    assert not verify_password("", kdf.derive_phc_encoded(b""))


@pytest.mark.parametrize("phc", ["", "plain", "$2b$12$abc", _phc(salt=4), "$argon2id$v=19$"])
def test_a_stored_text_that_is_no_hash_fits_nothing(phc: str) -> None:
    assert not verify_password("plain", phc)


def test_half_a_character_fits_nothing() -> None:
    assert not verify_password("\ud800", REFERENCE)


@pytest.mark.parametrize(
    "phc",
    [
        _phc(),
        _phc(m="262144"),
        _phc(t="10"),
        _phc(m="128", p="16"),
        _phc(salt=64),
        _phc(size=64),
    ],
)
def test_a_hash_within_the_bounds_is_accepted(phc: str) -> None:
    assert is_phc(phc)


@pytest.mark.parametrize(
    ("phc", "reason"),
    [
        (_phc(m="262145"), "m is"),
        (_phc(m="7"), "m is"),
        (_phc(m="15", p="2"), "m is"),
        (_phc(t="11"), "t is"),
        (_phc(m="136", p="17"), "p is"),
        (_phc(salt=7), "salt has"),
        (_phc(salt=65), "salt has"),
        (_phc(size=15), "hash has"),
        (_phc(size=65), "hash has"),
        (_phc() + "AAA", "hash is not base64"),
        (_phc()[:-1] + "B", "hash is not base64"),
        (_phc(t="0"), "form"),
        (_phc(m="064"), "form"),
        (_phc(m="999999999"), "form"),
        (_phc(m="٦٤"), "form"),
        (_phc() + "\n", "form"),
        (_phc().replace("v=19", "v=16"), "form"),
        (_phc().replace("argon2id", "argon2i"), "form"),
        (_phc().replace("p=1$", "p=1,keyid=AA$"), "form"),
        ("$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW", "form"),
        ("", "form"),
    ],
)
def test_a_hash_we_could_not_or_should_not_check_is_refused(phc: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        is_phc(phc)
