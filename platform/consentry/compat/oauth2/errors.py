"""The errors by the names people import, and those only these interfaces know.

Each is the class of `consentry.spec.errors` for its code; where an error may be sent is known
to the request, not to the error.
"""

from consentry.spec.errors import (
    AccessDenied,
    InsufficientScope,
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    InvalidToken,
    OAuthError,
    UnauthorizedClient,
    UnsupportedGrantType,
    UnsupportedResponseType,
    UnsupportedTokenType,
)

OAuth2Error = OAuthError
AccessDeniedError = AccessDenied
InsufficientScopeError = InsufficientScope
InvalidClientError = InvalidClient
InvalidGrantError = InvalidGrant
InvalidRequestError = InvalidRequest
InvalidScopeError = InvalidScope
InvalidTokenError = InvalidToken
UnauthorizedClientError = UnauthorizedClient
UnsupportedGrantTypeError = UnsupportedGrantType
UnsupportedResponseTypeError = UnsupportedResponseType
UnsupportedTokenTypeError = UnsupportedTokenType


class RequestTooLarge(InvalidRequest):
    """The body is longer than any request of OAuth (RFC 9110 §15.5.14)."""

    status = 413


class MethodNotAllowed(InvalidRequest):
    """The endpoint takes other HTTP methods, named by `allowed` (RFC 9110 §15.5.6)."""

    status = 405

    def __init__(self, *allowed: str) -> None:
        super().__init__(f"use {' or '.join(allowed)}", rule="HTTP method")
        self.allowed = allowed


class AuthorizationPendingError(OAuthError):
    """The person has not decided yet (RFC 8628 §3.5)."""

    code = "authorization_pending"


class SlowDownError(OAuthError):
    """Polled too soon; the interval grows by five seconds (RFC 8628 §3.5)."""

    code = "slow_down"


class ExpiredTokenError(OAuthError):
    """The device code has expired (RFC 8628 §3.5)."""

    code = "expired_token"


class ContinueIteration(Exception):
    """Raised by an endpoint to leave a request to the next one of the same name."""
