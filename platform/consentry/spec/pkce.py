"""Proof key for code exchange, S256 only (RFC 7636, RFC 9700 §2.1.1)."""

import hashlib
import re
from base64 import urlsafe_b64encode
from typing import Final

from .errors import InvalidRequest

S256: Final = "S256"
_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
_CHALLENGE = re.compile(r"[A-Za-z0-9\-_]{43}")


def s256(verifier: str) -> str:
    """PKCE challenge of a verifier (RFC 7636 §4.2).

    verifier: 43-128 unreserved ASCII characters.
    Returns 43 base64url characters, no padding.
    """
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def check_challenge(code_challenge: str | None, method: str | None) -> None:
    """Refuse all but an S256 challenge; silent when there is neither challenge nor method.

    An omitted method means `plain` (RFC 7636 §4.3), which shows the verifier to whoever reads
    the request (RFC 9700 §2.1.1). Whether a challenge must be there is for policy to say.
    Raises InvalidRequest (RFC 7636 §4.4.1).
    """
    if code_challenge is None:
        if method is not None:
            raise InvalidRequest("code_challenge_method without code_challenge", rule="PKCE")
        return
    if method != S256:
        raise InvalidRequest(
            "code_challenge_method must be S256",
            rule="PKCE",
            received=method or "plain (omitted)",
            registered=S256,
        )
    if not _CHALLENGE.fullmatch(code_challenge):
        raise InvalidRequest(
            "code_challenge is not a SHA-256 in base64url", rule="PKCE", received=code_challenge
        )


def check_verifier(verifier: str) -> None:
    """Refuse what cannot be a verifier (RFC 7636 §4.1). Raises InvalidRequest.

    A well-formed verifier that does not match is the caller's to refuse, as `invalid_grant`
    (RFC 7636 §4.6).
    """
    if not _VERIFIER.fullmatch(verifier):
        raise InvalidRequest("code_verifier must be 43 to 128 unreserved characters", rule="PKCE")
