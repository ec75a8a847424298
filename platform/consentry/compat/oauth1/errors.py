"""Refusals, told in both vocabularies: the reference's `error` and the `oauth_problem` words."""

from typing import ClassVar, Final

from consentry.spec.oauth1.encoding import form_encode
from consentry.spec.oauth1.errors import (
    ConsumerKeyRefused,
    ConsumerKeyUnknown,
    DuplicatedParameter,
    InsecureTransport,
    NonceUsed,
    OAuth1Error,
    ParameterAbsent,
    PermissionDenied,
    ServiceUnavailable,
    SignatureInvalid,
    SignatureMethodRejected,
    TokenExpired,
    TokenRejected,
    TokenRevoked,
    TokenUsed,
    UserRefused,
)


class MethodNotAllowed(OAuth1Error):
    """The endpoint takes one HTTP method only (RFC 5849 §2.1, §2.3); `allowed` names it."""

    code: ClassVar[str] = "method_not_allowed"
    status: ClassVar[int] = 405

    def __init__(self, allowed: str) -> None:
        super().__init__(f"only {allowed} is allowed")
        self.allowed = allowed


_ERRORS: Final[dict[type[OAuth1Error], str]] = {
    ParameterAbsent: "missing_required_parameter",
    DuplicatedParameter: "duplicated_oauth_protocol_parameter",
    SignatureMethodRejected: "unsupported_signature_method",
    ConsumerKeyUnknown: "invalid_client",
    ConsumerKeyRefused: "invalid_client",
    TokenRejected: "invalid_token",
    TokenUsed: "invalid_token",
    TokenExpired: "invalid_token",
    TokenRevoked: "invalid_token",
    SignatureInvalid: "invalid_signature",
    NonceUsed: "invalid_nonce",
    PermissionDenied: "access_denied",
    UserRefused: "access_denied",
    ServiceUnavailable: "temporarily_unavailable",
    MethodNotAllowed: "method_not_allowed",
    InsecureTransport: "insecure_transport",
}


def error_code(error: OAuth1Error) -> str:
    """The reference's word for a refusal; `invalid_request` where it has no narrower one."""
    return _ERRORS.get(type(error), "invalid_request")


def error_members(error: OAuth1Error) -> dict[str, str]:
    """`error` and `error_description`, the latter only where there is something to say."""
    members = {"error": error_code(error)}
    if error.description:
        members["error_description"] = error.description
    return members


def error_form(error: OAuth1Error) -> bytes:
    """The form-encoded answer: `error`, `error_description`, and the `oauth_problem` members."""
    return form_encode(error_members(error).items()).encode() + b"&" + error.form_body()
