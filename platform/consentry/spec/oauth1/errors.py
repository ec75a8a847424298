"""Refusals of OAuth 1 by their `oauth_problem` words (OAuth Problem Reporting extension).

RFC 5849 §3.2 gives the status: 400 for a malformed request, 401 for one that does not count.
"""

from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import quote

from consentry.spec.errors import OAuthError


class OAuth1Error(OAuthError):
    """A refusal the caller may read; `code` is its `oauth_problem` word.

    extra: further members of the answer that the word defines.
    """

    code: ClassVar[str] = "parameter_rejected"

    def __init__(
        self,
        description: str = "",
        *,
        detail: str = "",
        rule: str = "",
        received: str = "",
        registered: str = "",
        extra: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            description, detail=detail, rule=rule, received=received, registered=registered
        )
        self.extra = dict(extra or {})

    def form_body(self) -> bytes:
        """The answer: `oauth_problem`, `oauth_problem_advice` and the word's own members."""
        members = {"oauth_problem": self.code}
        if self.description:
            members["oauth_problem_advice"] = self.description
        members |= self.extra
        return "&".join(f"{name}={quote(text, safe='')}" for name, text in members.items()).encode()


class VersionRejected(OAuth1Error):
    """`oauth_version` is there and not `1.0` (RFC 5849 §3.1)."""

    code = "version_rejected"


class ParameterAbsent(OAuth1Error):
    """Required parameters are missing; the answer names them (RFC 5849 §3.1)."""

    code = "parameter_absent"

    def __init__(self, *names: str) -> None:
        super().__init__(
            f"{', '.join(names)} is required",
            rule="parameter required",
            extra={"oauth_parameters_absent": "&".join(names)},
        )


class ParameterRejected(OAuth1Error):
    """A parameter is malformed or says what cannot be taken (RFC 5849 §3.2)."""

    code = "parameter_rejected"


class DuplicatedParameter(ParameterRejected):
    """A protocol parameter came twice, or in two places (RFC 5849 §3.1, §3.5)."""


class SignatureMethodRejected(OAuth1Error):
    """Not a signature method of this server, tenant or client (RFC 5849 §3.2)."""

    code = "signature_method_rejected"


class TimestampRefused(OAuth1Error):
    """`oauth_timestamp` is no number or too far from now (RFC 5849 §3.3)."""

    code = "timestamp_refused"
    status = 401


class NonceUsed(OAuth1Error):
    """The same nonce came before with this timestamp, client and token (RFC 5849 §3.3)."""

    code = "nonce_used"
    status = 401


class SignatureInvalid(OAuth1Error):
    """The signature does not fit; of an unknown client or token none can (RFC 5849 §3.2)."""

    code = "signature_invalid"
    status = 401


class ConsumerKeyUnknown(OAuth1Error):
    """No such client (RFC 5849 §3.2)."""

    code = "consumer_key_unknown"
    status = 401


class ConsumerKeyRefused(OAuth1Error):
    """The client is known and may not go on just now (RFC 5849 §3.2)."""

    code = "consumer_key_refused"
    status = 401


class TokenRejected(OAuth1Error):
    """The token is unknown, or not one for this use or this client (RFC 5849 §3.2)."""

    code = "token_rejected"
    status = 401


class TokenUsed(OAuth1Error):
    """The temporary credentials were spent before (RFC 5849 §2.3)."""

    code = "token_used"
    status = 401


class TokenExpired(OAuth1Error):
    """The token's time is over (RFC 5849 §3.2)."""

    code = "token_expired"
    status = 401


class TokenRevoked(OAuth1Error):
    """Somebody took the token back (RFC 5849 §3.2)."""

    code = "token_revoked"
    status = 401


class VerifierInvalid(OAuth1Error):
    """The verifier is not that of an approval of these temporary credentials (RFC 5849 §2.3)."""

    code = "verifier_invalid"
    status = 401


class PermissionDenied(OAuth1Error):
    """The credentials are good and do not reach that far."""

    code = "permission_denied"
    status = 401


class UserRefused(OAuth1Error):
    """The resource owner said no (RFC 5849 §2.2)."""

    code = "user_refused"
    status = 401


class InsecureTransport(OAuth1Error):
    """Credentials are given out over TLS alone (RFC 5849 §2.1, §2.3; no word says this)."""

    code = "insecure_transport"


class ServiceUnavailable(OAuth1Error):
    """We cannot check just now, so nothing counts (no word of the extension says this)."""

    code = "temporarily_unavailable"
    status = 503
