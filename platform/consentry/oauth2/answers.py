"""How this door answers: JSON that no cache keeps, errors in the RFC's form, on record."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

from consentry import metrics
from consentry.records.transient import Refusal
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


def record_refusal(request: Request, error: OAuthError, *, client_id: str | None = None) -> str:
    """Put a refusal on record. Returns its id, which is the request's."""
    ctx = TenantContext.of(request)
    request_id: str = request.scope["consentry.request_id"]
    metrics.refused(error.code)
    client_id = client_id or request.scope.get("consentry.client_id")
    ctx.deployment.refusals.add(
        Refusal(
            tenant_id=ctx.tenant.tenant_id,
            refusal_id=UUID(hex=request_id),
            client_id=_kept(client_id, 255),
            endpoint=request.scope.get("consentry.endpoint", ""),
            error=error.code,
            rule=_kept(error.rule or error.description, 300) or "",
            received=_kept(error.received, 500) or "",
            registered=_kept(error.registered, 1_000) or "",
            created_at=ctx.now(),
        )
    )
    if error.detail:
        get_logger().info("refused", error=error.code, rule=error.rule, detail=error.detail)
    return request_id


def _kept(text: str | None, most: int) -> str | None:
    """A text short enough to keep, without what PostgreSQL cannot store."""
    if text is None:
        return None
    return text.encode("utf-8", "replace").decode().replace("\0", "?")[:most]
