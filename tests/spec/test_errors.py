"""The registered error codes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentry.spec import errors
from consentry.spec.errors import InsufficientScope, InvalidGrant, OAuthError, TooManyRequests

# code: (class, status); RFC 6749 §4.1.2.1 and §5.2, 6750 §3.1, 7009 §2.2.1, 8707 §2,
# OIDC Core §3.1.2.6, OIDC Unmet Authentication Requirements.
REGISTERED = {
    "invalid_request": ("InvalidRequest", 400),
    "invalid_client": ("InvalidClient", 401),
    "invalid_grant": ("InvalidGrant", 400),
    "unauthorized_client": ("UnauthorizedClient", 400),
    "unsupported_grant_type": ("UnsupportedGrantType", 400),
    "invalid_scope": ("InvalidScope", 400),
    "access_denied": ("AccessDenied", 400),
    "unsupported_response_type": ("UnsupportedResponseType", 400),
    "server_error": ("ServerError", 500),
    "temporarily_unavailable": ("TemporarilyUnavailable", 503),
    "invalid_target": ("InvalidTarget", 400),
    "invalid_token": ("InvalidToken", 401),
    "insufficient_scope": ("InsufficientScope", 403),
    "unsupported_token_type": ("UnsupportedTokenType", 400),
    "login_required": ("LoginRequired", 400),
    "consent_required": ("ConsentRequired", 400),
    "interaction_required": ("InteractionRequired", 400),
    "account_selection_required": ("AccountSelectionRequired", 400),
    "request_not_supported": ("RequestNotSupported", 400),
    "request_uri_not_supported": ("RequestUriNotSupported", 400),
    "registration_not_supported": ("RegistrationNotSupported", 400),
    "unmet_authentication_requirements": ("UnmetAuthenticationRequirements", 400),
}


@pytest.mark.parametrize("code", REGISTERED)
def test_each_registered_code_has_its_class_and_status(code: str) -> None:
    name, status = REGISTERED[code]
    error = getattr(errors, name)("why")
    assert isinstance(error, OAuthError)
    assert (error.code, error.status) == (code, status)
    assert error.body() == {"error": code, "error_description": "why"}


@given(st.text())
def test_any_description_fits_the_grammar(text: str) -> None:
    """RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E"""
    error = InvalidGrant(text)
    assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*", error.description)
    assert len(error.description) == len(text)


def test_a_description_that_fits_is_kept() -> None:
    assert InvalidGrant("the code's 1st use [a]").description == "the code's 1st use [a]"


def test_an_empty_description_is_left_out() -> None:
    assert InvalidGrant().body() == {"error": "invalid_grant"}


def test_what_is_for_the_log_and_the_portal_stays_out_of_the_body() -> None:
    error = InvalidGrant("no", detail="61 s old", rule="lifetime", received="a", registered="b")
    assert (error.detail, error.rule, error.received, error.registered) == (
        "61 s old",
        "lifetime",
        "a",
        "b",
    )
    assert error.body() == {"error": "invalid_grant", "error_description": "no"}


def test_a_throttled_request_learns_when_to_come_back() -> None:
    error = TooManyRequests("slow down", retry_after=7)
    assert (error.code, error.status, error.retry_after) == ("temporarily_unavailable", 429, 7)


def test_an_insufficient_scope_names_what_is_needed() -> None:
    assert InsufficientScope("no", scope="photos.read").scope == "photos.read"


def test_a_bad_scope_is_a_value_error_too() -> None:
    assert issubclass(errors.InvalidScope, ValueError)
