"""How this door answers: JSON that no cache keeps, errors in the RFC's form, on record."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from consentry.spec.authorization_header import basic_challenge, bearer_challenge
from consentry.spec.errors import (
    InsufficientScope,
    InvalidClient,
    InvalidRequest,
    InvalidToken,
    OAuthError,
    TemporarilyUnavailable,
    TooManyRequests,
)
from consentry.spec.forms import Form, parse_form
from consentry.store.ports import Unavailable
from consentry.telemetry import get_logger
from consentry.tenancy.context import TenantContext
from consentry.web.refusals import record_refusal
from consentry.web.routing import Rendered, header_values

Handler = Callable[[Request], Awaitable[Response]]
# RFC 6749 §5.1 asks for both.
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
FORM = "application/x-www-form-urlencoded"


def json_answer(
    members: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] = NO_STORE
) -> Response:
    """A JSON answer; not cached unless told otherwise."""
    return Rendered(
        orjson.dumps(members), _NO_STORE if headers is NO_STORE else _json(headers), status
    )


def _json(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers of a JSON answer as they go on the wire."""
    encoded = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    return [*encoded, (b"content-type", b"application/json")]


_NO_STORE = _json(NO_STORE)


async def read_form(request: Request) -> Form:
    """The fields of a form body; the query counts for nothing here (RFC 6749 §3.2).

    Raises InvalidRequest for another content type or a malformed form.
    """
    check_form_type(request)
    return parse_form(request.scope.get("consentry.body", b""))


def check_form_type(request: Request) -> None:
    """Raises InvalidRequest unless the body says it is a form."""
    types = header_values(request, b"content-type")
    sent = types[0] if types else ""
    if sent.partition(";")[0].strip().lower() != FORM:
        raise InvalidRequest(f"the body must be {FORM}", rule="content type", received=sent[:100])


def guarded(handler: Handler) -> Handler:
    """The handler with its OAuth errors answered as JSON and put on record."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except OAuthError as error:
            record_refusal(request, error)
            return error_answer(TenantContext.of(request), request, error)
        except Unavailable as error:
            get_logger().error("store_unavailable", reason=str(error))
            unavailable = TemporarilyUnavailable("try again in a moment")
            return error_answer(TenantContext.of(request), request, unavailable)

    return answer


def error_answer(ctx: TenantContext, request: Request, error: OAuthError) -> Response:
    """An error as the RFCs want it: status, members, challenge."""
    headers = dict(NO_STORE)
    if isinstance(error, InvalidToken | InsufficientScope):
        headers["WWW-Authenticate"] = bearer_challenge(ctx.issuer, error)
    elif isinstance(error, InvalidClient):
        headers["WWW-Authenticate"] = basic_challenge(ctx.issuer)
    if isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(error.retry_after)
    elif error.status == 503:
        headers["Retry-After"] = "1"
    return json_answer(error.body(), error.status, headers)
