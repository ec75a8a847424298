"""What a signed request is worth that a resource server received: our own extension."""

from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from consentry.identity.client_auth import EITHER, authenticate_client
from consentry.spec.authorization_header import basic_challenge
from consentry.spec.errors import (
    InvalidClient,
    InvalidRequest,
    OAuthError,
    TemporarilyUnavailable,
    TooManyRequests,
)
from consentry.spec.forms import Form
from consentry.spec.oauth1.errors import OAuth1Error
from consentry.spec.oauth1.request import BODY_HASH, SignedRequest
from consentry.store.ports import Unavailable
from consentry.telemetry import get_logger
from consentry.tenancy.context import TenantContext
from consentry.tokens.signed_request import signer_of
from consentry.web.refusals import record_refusal
from consentry.web.routing import Rendered
from consentry.web.successes import record_success

_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))


class Received(BaseModel):
    """A request as the resource server got it: its URL whole, its body if that is a form.

    Without a body `oauth_body_hash` is not checked here but told, for the caller to check.
    """

    model_config = ConfigDict(strict=True)

    method: str
    url: str
    headers: dict[str, str] = {}
    body: str | None = None

    def header(self, name: str) -> str | None:
        """A header whatever its case. Raises InvalidRequest when given twice."""
        found = [value for one, value in self.headers.items() if one.lower() == name]
        if len(found) > 1:
            raise InvalidRequest(f"{name} is given twice", rule="headers")
        return found[0] if found else None


async def verify(request: Request) -> Response:
    """Whose signed request it is, or `active: false` with the reason; its nonce is spent.

    For authenticated clients of the tenant, about credentials of the tenant alone.
    """
    ctx = TenantContext.of(request)
    try:
        await authenticate_client(ctx, request, Form.of(), EITHER)
        received = _parse(request.scope.get("consentry.body", b""))
        authorization, content_type = (
            received.header("authorization"),
            received.header("content-type"),
        )
    except OAuthError as error:
        record_refusal(request, error)
        return _refused(ctx, error)
    except Unavailable as error:
        return _away(ctx, error)
    try:
        signed = SignedRequest.parse(
            received.method,
            received.url,
            authorization=authorization,
            content_type=content_type,
            body=None if received.body is None else received.body.encode(),
        )
        request.scope["consentry.client_id"] = signed.client_key
        members = await _whose(ctx, signed)
        if received.body is None and BODY_HASH in signed.protocol:
            members[BODY_HASH] = signed.protocol[BODY_HASH]
        record_success(request, "signed request")
        return _answer(members)
    except OAuth1Error as error:
        record_refusal(request, error)
        return _answer({"active": False, "reason": error.code})
    except Unavailable as error:
        return _away(ctx, error)


async def _whose(ctx: TenantContext, signed: SignedRequest) -> dict[str, Any]:
    signer = await signer_of(ctx, signed)
    return {
        "active": True,
        "sub": signer.subject(ctx),
        "client_id": signer.client.client_id,
        "scope": str(signer.scope),
        "realm": signed.realm,
        "oauth_token": signed.token,
    }


def _parse(body: bytes) -> Received:
    try:
        return Received.model_validate(orjson.loads(body))
    except orjson.JSONDecodeError:
        raise InvalidRequest("the body must be JSON", rule="JSON body") from None
    except ValidationError as error:
        where = ", ".join(".".join(map(str, one["loc"])) or "body" for one in error.errors())
        raise InvalidRequest(f"missing or malformed: {where}", rule="JSON body") from None


def _answer(members: dict[str, Any], status: int = 200) -> Response:
    return Rendered(orjson.dumps(members), _HEADERS, status)


def _away(ctx: TenantContext, error: Unavailable) -> Response:
    get_logger().error("store_unavailable", reason=str(error))
    return _refused(ctx, TemporarilyUnavailable("try again in a moment"))


def _refused(ctx: TenantContext, error: OAuthError) -> Response:
    response = _answer(dict(error.body()), error.status)
    if isinstance(error, InvalidClient):
        response.headers["WWW-Authenticate"] = basic_challenge(ctx.issuer)
    if isinstance(error, TemporarilyUnavailable):
        wait = error.retry_after if isinstance(error, TooManyRequests) else 1
        response.headers["Retry-After"] = str(wait)
    return response
