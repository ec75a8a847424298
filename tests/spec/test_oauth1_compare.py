"""Two base strings compared: every mistake is found and named (RFC 5849 §3.4.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.spec.oauth1.base_string import base_string
from consentry.spec.oauth1.compare import first_difference, own_base_string
from consentry.spec.oauth1.errors import ParameterRejected

URI = "https://api.example:8443/a%20b/photos"
PAIRS = [("size", "original"), ("file", "a b/c.jpg"), ("oauth_nonce", "n1"), ("oauth_token", "t")]
OURS = base_string("POST", URI, PAIRS)


def made(method: str = "POST", uri: str = URI, pairs: list[tuple[str, str]] | None = None) -> str:
    return base_string(method, uri, PAIRS if pairs is None else pairs)


@pytest.mark.parametrize(
    ("theirs", "why"),
    [
        (OURS.replace("POST&", "post&"), "The method is in upper case."),
        (made("PUT"), "It is another HTTP method."),
        (made(uri=URI.replace("https", "http")), "The scheme is https"),
        (made(uri=URI.replace("api.", "API.")), "The host is in lower case."),
        (made(uri=URI.replace(":8443", "")), "The port"),
        (made(uri=URI.replace("api.example", "internal")), "The host is api.example:8443"),
        (made(uri=f"{URI}?size=original"), "The URI has no query"),
        (made(uri=f"{URI}#top"), "The URI has no fragment."),
        (made(uri=f"{URI}/"), "The path ends otherwise"),
        (made(uri=URI.replace("photos", "videos")), "The path is not the one"),
        (OURS.replace("%3A%2F%2F", "%3a%2f%2f"), "upper case: %2F, not %2f"),
        (OURS.replace("a%2520b%252Fc.jpg", "a%2Bb%252Fc.jpg"), "A space is %20, never +"),
        (OURS.replace("%252Fc", "%252fc"), "upper case: %2F, not %2f"),
        (made(pairs=PAIRS[1:]), "size is not in yours"),
        (made(pairs=[*PAIRS, ("extra", "1")]), "extra is in yours, but was not sent."),
        (made(pairs=[*PAIRS, ("realm", "Photos")]), "The realm is never signed"),
        (made(pairs=[*PAIRS, ("oauth_signature", "x")]), "oauth_signature is never part"),
        (made(pairs=[*PAIRS[1:], ("size", "small")]), "size has another value"),
        (made(pairs=[*PAIRS, ("size", "original")]), "twice counts twice"),
        (OURS.replace("%26", "&"), "A base string has two & in it"),
        (OURS.replace("file", "zfile").replace("zfile", "file") + "x", "another value"),
        (OURS.replace("%3D", "="), "encoded once more as a whole"),
    ],
)  # fmt: skip
def test_each_mistake_is_named(theirs: str, why: str) -> None:
    found = first_difference(OURS, theirs)
    assert found is not None
    assert why in found.why
    assert OURS.encode()[: found.at] == theirs.encode()[: found.at]
    assert OURS[found.at :][:40] == found.ours and theirs[found.at :][:40] == found.theirs
    assert found.ours[:1] != found.theirs[:1]


def test_parameters_in_another_order_are_named() -> None:
    method, uri, parameters = OURS.split("&")
    mixed = "%26".join(reversed(parameters.split("%26")))
    found = first_difference(OURS, f"{method}&{uri}&{mixed}")
    assert found is not None and "sorted by their encoded name" in found.why
    assert found.part == "parameters"


def test_equal_base_strings_do_not_differ() -> None:
    assert first_difference(OURS, OURS) is None


def test_a_base_string_is_built_anew_from_what_it_says() -> None:
    assert own_base_string(OURS) == OURS
    assert own_base_string(OURS.replace("POST", "post")) == OURS
    signed = made(pairs=[*PAIRS, ("oauth_signature", "x"), ("realm", "Photos")])
    assert own_base_string(signed) == OURS


@pytest.mark.parametrize("theirs", ["", "GET", "GET&https%3A%2F%2Fa", "GET&nowhere&a%3Db"])
def test_what_is_no_base_string_is_refused(theirs: str) -> None:
    with pytest.raises(ParameterRejected):
        own_base_string(theirs)


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=5), st.lists(st.tuples(TEXTS, TEXTS), max_size=5))
def test_any_two_have_a_difference_or_none(
    one: list[tuple[str, str]], other: list[tuple[str, str]]
) -> None:
    ours, theirs = base_string("GET", URI, one), base_string("GET", URI, other)
    found = first_difference(ours, theirs)
    assert (found is None) == (ours == theirs)
    assert found is None or found.why


@given(st.text(max_size=80))
def test_any_text_can_be_compared(theirs: str) -> None:
    found = first_difference(OURS, theirs)
    assert found is not None
    assert found.why
