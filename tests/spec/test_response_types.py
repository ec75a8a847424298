"""Response types and modes."""

from itertools import chain, combinations, permutations

import pytest

from consentry.spec.errors import InvalidRequest, UnsupportedResponseType
from consentry.spec.response_types import (
    RESPONSE_TYPES,
    check_response_mode,
    check_response_type,
    default_response_mode,
    normalize,
)

WORDS = ("code", "token", "id_token", "none")
COMBINATIONS = [
    frozenset(words)
    for words in chain.from_iterable(combinations(WORDS, size) for size in range(5))
]


@pytest.mark.parametrize("text", RESPONSE_TYPES)
def test_the_order_of_the_words_means_nothing(text: str) -> None:
    """RFC 6749 §3.1.1"""
    for words in permutations(text.split()):
        assert normalize(" ".join(words)) == normalize(text)


@pytest.mark.parametrize("types", COMBINATIONS, ids=sorted)
def test_only_the_advertised_combinations_are_answered(types: frozenset[str]) -> None:
    if types in {normalize(text) for text in RESPONSE_TYPES}:
        check_response_type(types)
    else:
        with pytest.raises(UnsupportedResponseType):
            check_response_type(types)


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("code", "query"),
        ("token", "fragment"),
        ("id_token", "fragment"),
        ("id_token token", "fragment"),
    ],
)
def test_each_type_has_its_default_mode(text: str, mode: str) -> None:
    """OAuth 2.0 Multiple Response Type Encoding Practices §5"""
    types = normalize(text)
    assert default_response_mode(types) == mode
    assert check_response_mode(types, None) == mode
    for asked in ("fragment", "form_post"):
        assert check_response_mode(types, asked) == asked


def test_a_code_may_come_by_query() -> None:
    assert check_response_mode(frozenset({"code"}), "query") == "query"


@pytest.mark.parametrize("text", ["token", "id_token", "id_token token"])
def test_a_token_never_comes_by_query(text: str) -> None:
    with pytest.raises(InvalidRequest):
        check_response_mode(normalize(text), "query")


@pytest.mark.parametrize("mode", ["", "Query", "jwt", "web_message"])
def test_an_unknown_mode_is_refused(mode: str) -> None:
    with pytest.raises(InvalidRequest):
        check_response_mode(frozenset({"code"}), mode)
