"""Proof key for code exchange."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.spec.errors import InvalidRequest
from consentry.spec.pkce import check_challenge, check_verifier, s256

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_example_of_the_rfc_holds() -> None:
    """RFC 7636 appendix B"""
    assert s256(VERIFIER) == CHALLENGE


@given(st.from_regex(r"[A-Za-z0-9\-._~]{43,128}", fullmatch=True))
def test_every_verifier_makes_a_challenge_we_take(verifier: str) -> None:
    check_verifier(verifier)
    check_challenge(s256(verifier), "S256")


@pytest.mark.parametrize("method", [None, "plain", "s256", "S512", "none"])
def test_only_s256_is_taken(method: str | None) -> None:
    """RFC 7636 §4.3: an omitted method is plain"""
    with pytest.raises(InvalidRequest, match="must be S256"):
        check_challenge(CHALLENGE, method)


@pytest.mark.parametrize(
    "challenge", [CHALLENGE[:-1], CHALLENGE + "A", CHALLENGE + "=", CHALLENGE[:-1] + "+", "é" * 43]
)
def test_a_challenge_that_is_no_sha_256_is_refused(challenge: str) -> None:
    with pytest.raises(InvalidRequest, match="code_challenge is not"):
        check_challenge(challenge, "S256")


def test_a_method_needs_a_challenge() -> None:
    with pytest.raises(InvalidRequest, match="without"):
        check_challenge(None, "S256")


def test_neither_challenge_nor_method_is_for_policy_to_judge() -> None:
    check_challenge(None, None)


@pytest.mark.parametrize(
    "verifier", ["", "a" * 42, "a" * 129, "a" * 42 + "+", "a" * 43 + "\n", "é" * 43, "\u0661" * 43]
)
def test_what_cannot_be_a_verifier_is_refused(verifier: str) -> None:
    """RFC 7636 §4.1"""
    with pytest.raises(InvalidRequest):
        check_verifier(verifier)
