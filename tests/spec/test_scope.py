"""Scope as a value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.spec.errors import InvalidScope
from consentry.spec.scope import CLAIMS_BY_SCOPE, Scope, default_scope

TOKEN_CHARACTERS = "".join(chr(c) for c in range(0x21, 0x7F) if c not in (0x22, 0x5C))
tokens = st.text(TOKEN_CHARACTERS, min_size=1, max_size=6)
scopes = st.lists(tokens, max_size=6).map(lambda names: Scope.of(*names))


@given(scopes)
def test_what_is_written_reads_back(scope: Scope) -> None:
    assert Scope.parse(str(scope)).names == scope.names


@given(st.lists(tokens, max_size=8))
def test_a_repeated_token_counts_once_where_it_first_stood(names: list[str]) -> None:
    assert list(Scope.parse(" ".join(names))) == list(dict.fromkeys(names))


@given(scopes, scopes)
def test_scopes_behave_like_sets(a: Scope, b: Scope) -> None:
    assert set(a & b) == set(a) & set(b)
    assert set(a | b) == set(a) | set(b)
    assert set(a - b) == set(a) - set(b)
    assert (a <= b) == (set(a) <= set(b))
    assert (a == b) == (set(a) == set(b))
    assert a & b <= a <= a | b
    assert bool(a) == (len(a) > 0)
    if a == b:
        assert hash(a) == hash(b)


@given(scopes, scopes)
def test_what_is_kept_stays_in_the_order_of_the_left(a: Scope, b: Scope) -> None:
    for kept in (a & b, a - b):
        assert list(kept) == [name for name in a if name in kept]
    assert (a | b).names[: len(a)] == a.names


@pytest.mark.parametrize("text", ['a"b', "a\\b", "a\tb", "a\nb", "a\x00", "a\x7f", "é", "a\u00a0b"])
def test_a_character_outside_the_grammar_is_refused(text: str) -> None:
    """RFC 6749 §3.3"""
    with pytest.raises(InvalidScope):
        Scope.parse(text)


@pytest.mark.parametrize("text", [None, "", " ", "   "])
def test_nothing_asked_is_the_empty_scope(text: str | None) -> None:
    assert Scope.parse(text) == Scope()


def test_a_run_of_spaces_parts_like_one() -> None:
    assert str(Scope.parse(" a   b ")) == "a b"


@pytest.mark.parametrize("name", ["", "a b", 'a"'])
def test_what_is_no_token_makes_no_scope(name: str) -> None:
    with pytest.raises(InvalidScope):
        Scope.of(name)


def test_a_scope_is_no_other_kind_of_value() -> None:
    assert Scope.of("a") != "a"
    assert "a" in Scope.of("a") and "b" not in Scope.of("a")


def test_the_default_leaves_out_what_is_about_the_person() -> None:
    registered = Scope.parse(
        "photos.read openid offline_access profile email address phone photos.write"
    )
    assert str(default_scope(registered)) == "photos.read photos.write"


def test_the_claim_scopes_ask_for_their_claims() -> None:
    """OIDC Core §5.4"""
    assert CLAIMS_BY_SCOPE["email"] == ("email", "email_verified")
    assert CLAIMS_BY_SCOPE["phone"] == ("phone_number", "phone_number_verified")
    assert CLAIMS_BY_SCOPE["address"] == ("address",)
    assert len(CLAIMS_BY_SCOPE["profile"]) == 14
