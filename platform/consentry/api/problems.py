"""How this door refuses: problem documents (RFC 9457), with the challenge of the scheme used."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

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
from consentry.web.refusals import record_refusal
from consentry.web.routing import Rendered

Handler = Callable[[Request], Awaitable[Response]]
PROBLEM = b"application/problem+json"


def guarded(handler: Handler) -> Handler:
    """The handler with its refusals answered as problem documents and put on record."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except OAuthError as error:
            record_refusal(request, error)
            return problem(request, error)
        except Unavailable as error:
            get_logger().error("store_unavailable", reason=str(error))
            return problem(request, TemporarilyUnavailable("try again in a moment"))

    return answer


def problem(request: Request, error: OAuthError) -> Response:
    """A refusal as a problem document; `code` is its OAuth word."""
    members = {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.description,
        "code": error.code,
        "instance": UUID(hex=request.scope["consentry.request_id"]).urn,
    }
    headers = [(b"content-type", PROBLEM), (b"cache-control", b"no-store")]
    if error.status in (401, 403) and not isinstance(error, NoCredentials):
        headers.append((b"www-authenticate", _challenge(request, error)))
    elif isinstance(error, NoCredentials):
        # RFC 9110 §11.6.1: either scheme will do, and RFC 6750 §3.1 wants no error code here.
        realm = TenantContext.of(request).issuer
        for challenge in (bearer_challenge(realm), oauth_challenge(realm)):
            headers.append((b"www-authenticate", challenge.encode("latin-1")))
    if isinstance(error, TooManyRequests):
        headers.append((b"retry-after", b"%d" % error.retry_after))
    elif error.status == 503:
        headers.append((b"retry-after", b"1"))
    return Rendered(orjson.dumps(members), headers, error.status)


class NoCredentials(OAuthError):
    """The request carried no token and no signature (RFC 6750 §3.1)."""

    code = "unauthorized"
    status = 401


def _challenge(request: Request, error: OAuthError) -> bytes:
    realm = TenantContext.of(request).issuer
    if isinstance(error, OAuth1Error):
        return oauth_challenge(realm).encode("latin-1")
    return bearer_challenge(realm, error).encode("latin-1")
