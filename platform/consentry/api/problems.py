"""How this door refuses: problem documents (RFC 9457), with the challenge of the scheme used."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

from consentry.operations.errors import Conflict, Forbidden, NotFound, OperationError, Refused
from consentry.spec.authorization_header import bearer_challenge
from consentry.spec.errors import (
    OAuthError,
    TemporarilyUnavailable,
    TooManyRequests,
)
from consentry.spec.oauth1.errors import OAuth1Error
from consentry.spec.oauth1.header import oauth_challenge
from consentry.store.ports import Unavailable
from consentry.telemetry import get_logger
from consentry.tenancy.context import TenantContext
from consentry.web.failure import title_of
from consentry.web.refusals import record_refusal
from consentry.web.routing import Rendered

Handler = Callable[[Request], Awaitable[Response]]
PROBLEM = b"application/problem+json"


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake. path: its place in what was sent, such as `redirect_uris[0]`."""

    path: str
    message: str


class Problem(Exception):
    """A refusal of the API itself. code: for programs; errors: mistakes by their place."""

    def __init__(self, status: int, code: str, detail: str, errors: Sequence[Fault] = ()) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.errors = status, code, detail, tuple(errors)


def guarded(handler: Handler) -> Handler:
    """The handler with its refusals answered as problem documents and put on record."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except OAuthError as error:
            record_refusal(request, error)
            return problem(request, error)
        except Problem as error:
            return written(request, error)
        except OperationError as error:
            return written(request, of_operation(error))
        except Unavailable as error:
            get_logger().error("store_unavailable", reason=str(error))
            return problem(request, TemporarilyUnavailable("try again in a moment"))

    return answer


def of_operation(error: OperationError) -> Problem:
    """What an operation refused, as this door says it."""
    if isinstance(error, NotFound):
        return Problem(404, "not_found", str(error))
    if isinstance(error, Forbidden):
        return Problem(403, "forbidden", str(error))
    if isinstance(error, Refused):
        errors = [Fault(error.key, error.reason)] if error.key else []
        if isinstance(error, Conflict):
            return Problem(409, "conflict", str(error), errors)
        return Problem(422, "invalid", str(error), errors)
    return Problem(409, "conflict", str(error))


def written(request: Request, error: Problem) -> Response:
    """A problem document (RFC 9457 §3)."""
    members = _members(request, error.status, error.code, error.detail)
    if error.errors:
        members["errors"] = [{"path": one.path, "message": one.message} for one in error.errors]
    headers = [(b"content-type", PROBLEM), (b"cache-control", b"no-store")]
    return Rendered(orjson.dumps(members), headers, error.status)


def _members(request: Request, status: int, code: str, detail: str) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": title_of(status),
        "status": status,
        "detail": detail,
        "code": code,
        "instance": UUID(hex=request.scope["consentry.request_id"]).urn,
    }


def problem(request: Request, error: OAuthError) -> Response:
    """A refusal as a problem document; `code` is its OAuth word."""
    members = _members(request, error.status, error.code, error.description)
    headers = [(b"content-type", PROBLEM), (b"cache-control", b"no-store")]
    if isinstance(error, NoCredentials):
        # RFC 9110 §11.6.1: either scheme will do, and RFC 6750 §3.1 wants no error code here.
        realm = TenantContext.of(request).issuer
        for challenge in error.challenges(realm):
            headers.append((b"www-authenticate", challenge.encode("latin-1")))
    elif error.status in (401, 403):
        headers.append((b"www-authenticate", _challenge(request, error)))
    if isinstance(error, TooManyRequests):
        headers.append((b"retry-after", b"%d" % error.retry_after))
    elif error.status == 503:
        headers.append((b"retry-after", b"1"))
    return Rendered(orjson.dumps(members), headers, error.status)


class NoCredentials(OAuthError):
    """The request carried no token and no signature (RFC 6750 §3.1)."""

    code = "unauthorized"
    status = 401

    def challenges(self, realm: str) -> tuple[str, ...]:
        """The schemes that would do."""
        return bearer_challenge(realm), oauth_challenge(realm)


class NotSignedIn(NoCredentials):
    """No token and no live login: a signed request would not do here."""

    def challenges(self, realm: str) -> tuple[str, ...]:
        """The scheme that would do; a cookie has none."""
        return (bearer_challenge(realm),)


def _challenge(request: Request, error: OAuthError) -> bytes:
    realm = TenantContext.of(request).issuer
    if isinstance(error, OAuth1Error):
        return oauth_challenge(realm).encode("latin-1")
    return bearer_challenge(realm, error).encode("latin-1")
