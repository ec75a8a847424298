"""The registered error codes, one class each.

Raise from anywhere; every door renders them in one place.
"""

import re
from typing import ClassVar

# RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E, so no quote and no backslash.
_FORBIDDEN = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]")


class OAuthError(Exception):
    """A refusal the caller may read.

    description: for the caller; characters RFC 6749 §5.2 does not allow become `?`.
    detail: for our log only.
    rule, received, registered: what the portal shows of the refusal.
    """

    code: ClassVar[str] = "invalid_request"
    status: ClassVar[int] = 400

    def __init__(
        self,
        description: str = "",
        *,
        detail: str = "",
        rule: str = "",
        received: str = "",
        registered: str = "",
    ) -> None:
        self.description = _FORBIDDEN.sub("?", description)
        self.detail = detail
        self.rule = rule
        self.received = received
        self.registered = registered
        super().__init__(self.description or self.code)

    def body(self) -> dict[str, str]:
        """The members of an error answer (RFC 6749 §5.2)."""
        members = {"error": self.code}
        if self.description:
            members["error_description"] = self.description
        return members


class InvalidRequest(OAuthError):
    """A parameter is missing, repeated or malformed (RFC 6749 §4.1.2.1, §5.2)."""

    code = "invalid_request"


class InvalidClient(OAuthError):
    """Client authentication failed (RFC 6749 §5.2)."""

    code = "invalid_client"
    status = 401


class InvalidGrant(OAuthError):
    """Code or token unknown, spent or another's (RFC 6749 §5.2)."""

    code = "invalid_grant"


class UnauthorizedClient(OAuthError):
    """The client may not use this grant or response type (RFC 6749 §4.1.2.1, §5.2)."""

    code = "unauthorized_client"


class UnsupportedGrantType(OAuthError):
    """No such grant type here (RFC 6749 §5.2)."""

    code = "unsupported_grant_type"


class InvalidScope(OAuthError, ValueError):
    """Scope unknown, malformed or wider than allowed (RFC 6749 §5.2).

    A ValueError as well, so that a model with a scope in it reports a bad one as its own.
    """

    code = "invalid_scope"


class AccessDenied(OAuthError):
    """The resource owner or the server said no (RFC 6749 §4.1.2.1)."""

    code = "access_denied"


class UnsupportedResponseType(OAuthError):
    """No such response type here (RFC 6749 §4.1.2.1)."""

    code = "unsupported_response_type"


class ServerError(OAuthError):
    """Something unexpected broke on our side (RFC 6749 §4.1.2.1)."""

    code = "server_error"
    status = 500


class TemporarilyUnavailable(OAuthError):
    """We cannot answer just now (RFC 6749 §4.1.2.1)."""

    code = "temporarily_unavailable"
    status = 503


class TooManyRequests(TemporarilyUnavailable):
    """Throttled; `retry_after` is in seconds (RFC 6585 §4)."""

    status = 429

    def __init__(
        self,
        description: str = "",
        *,
        retry_after: int = 1,
        detail: str = "",
        rule: str = "",
        received: str = "",
        registered: str = "",
    ) -> None:
        super().__init__(
            description, detail=detail, rule=rule, received=received, registered=registered
        )
        self.retry_after = retry_after


class InvalidTarget(OAuthError):
    """The resource asked for is malformed or unknown (RFC 8707 §2)."""

    code = "invalid_target"


class InvalidToken(OAuthError):
    """The presented access token is expired, revoked or malformed (RFC 6750 §3.1)."""

    code = "invalid_token"
    status = 401


class InsufficientScope(OAuthError):
    """The access token lacks a scope; `scope` names what is needed (RFC 6750 §3.1)."""

    code = "insufficient_scope"
    status = 403

    def __init__(
        self,
        description: str = "",
        *,
        scope: str = "",
        detail: str = "",
        rule: str = "",
        received: str = "",
        registered: str = "",
    ) -> None:
        super().__init__(
            description, detail=detail, rule=rule, received=received, registered=registered
        )
        self.scope = scope


class UnsupportedTokenType(OAuthError):
    """This type of token cannot be revoked (RFC 7009 §2.2.1)."""

    code = "unsupported_token_type"


class LoginRequired(OAuthError):
    """`prompt=none`, but someone has to sign in (OIDC Core §3.1.2.6)."""

    code = "login_required"


class ConsentRequired(OAuthError):
    """`prompt=none`, but consent has to be asked (OIDC Core §3.1.2.6)."""

    code = "consent_required"


class InteractionRequired(OAuthError):
    """`prompt=none`, but some page has to be shown (OIDC Core §3.1.2.6)."""

    code = "interaction_required"


class AccountSelectionRequired(OAuthError):
    """`prompt=none`, but an account has to be chosen (OIDC Core §3.1.2.6)."""

    code = "account_selection_required"


class RequestNotSupported(OAuthError):
    """The `request` parameter is not taken (OIDC Core §3.1.2.6)."""

    code = "request_not_supported"


class RequestUriNotSupported(OAuthError):
    """The `request_uri` parameter is not taken (OIDC Core §3.1.2.6)."""

    code = "request_uri_not_supported"


class RegistrationNotSupported(OAuthError):
    """The `registration` parameter is not taken (OIDC Core §3.1.2.6)."""

    code = "registration_not_supported"


class UnmetAuthenticationRequirements(OAuthError):
    """The asked authentication cannot be done (OIDC Unmet Authentication Requirements §2)."""

    code = "unmet_authentication_requirements"
