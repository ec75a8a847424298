"""Refusals."""

import pytest

from consentry.spec.errors import OAuthError
from consentry.spec.oauth1 import errors
from consentry.spec.oauth1.encoding import form_pairs
from consentry.spec.oauth1.errors import OAuth1Error, ParameterAbsent, ParameterRejected

WORDS = {
    "ParameterAbsent": ("parameter_absent", 400),
    "ParameterRejected": ("parameter_rejected", 400),
    "DuplicatedParameter": ("parameter_rejected", 400),
    "VersionRejected": ("version_rejected", 400),
    "SignatureMethodRejected": ("signature_method_rejected", 400),
    "TimestampRefused": ("timestamp_refused", 401),
    "NonceUsed": ("nonce_used", 401),
    "SignatureInvalid": ("signature_invalid", 401),
    "ConsumerKeyUnknown": ("consumer_key_unknown", 401),
    "ConsumerKeyRefused": ("consumer_key_refused", 401),
    "TokenRejected": ("token_rejected", 401),
    "TokenUsed": ("token_used", 401),
    "TokenExpired": ("token_expired", 401),
    "TokenRevoked": ("token_revoked", 401),
    "VerifierInvalid": ("verifier_invalid", 401),
    "PermissionDenied": ("permission_denied", 401),
    "UserRefused": ("user_refused", 401),
    "InsecureTransport": ("insecure_transport", 400),
    "ServiceUnavailable": ("temporarily_unavailable", 503),
}


@pytest.mark.parametrize(("name", "expected"), WORDS.items())
def test_every_refusal_has_its_word_and_status(name: str, expected: tuple[str, int]) -> None:
    """PARITY 2.2 Status codes; RFC 5849 §3.2"""
    refusal = getattr(errors, name)
    assert issubclass(refusal, OAuth1Error)
    assert (refusal.code, refusal.status) == expected


def test_no_refusal_is_left_out_here() -> None:
    made = {one.__name__ for one in vars(errors).values() if isinstance(one, type)}
    assert made - {"OAuthError", "OAuth1Error", "Mapping", "ClassVar"} == set(WORDS)
    assert issubclass(OAuth1Error, OAuthError)


def test_an_answer_is_a_form() -> None:
    """OAuth Problem Reporting"""
    assert form_pairs(ParameterAbsent("oauth_nonce", "oauth_token").form_body()) == [
        ("oauth_problem", "parameter_absent"),
        ("oauth_problem_advice", "oauth_nonce, oauth_token is required"),
        ("oauth_parameters_absent", "oauth_nonce&oauth_token"),
    ]
    assert ParameterRejected().form_body() == b"oauth_problem=parameter_rejected"


def test_advice_never_breaks_the_answer() -> None:
    """PARITY 5.3 Error description: a quote or an accent is no failure"""
    refusal = ParameterRejected('é"\r\n\ud800&oauth_token=x')
    assert dict(form_pairs(refusal.form_body()))["oauth_problem_advice"] == "?????&oauth_token=x"
