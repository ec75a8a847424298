"""The token endpoint (RFC 6749 §3.2)."""

from starlette.requests import Request
from starlette.responses import Response

from consentry import metrics, tracing
from consentry.identity.client_auth import authenticate_client
from consentry.oauth2.answers import json_answer, read_form
from consentry.oauth2.grants import GRANTS
from consentry.spec.errors import UnauthorizedClient, UnsupportedGrantType
from consentry.tenancy.context import TenantContext
from consentry.web.successes import record_success
from consentry.web.usage import WHAT


async def token(request: Request) -> Response:
    """Tokens for a grant, to a client that proved itself."""
    ctx = TenantContext.of(request)
    form = await read_form(request)
    client = await authenticate_client(ctx, request, form)
    grant_type = form.require("grant_type")
    redeem = GRANTS.get(grant_type)
    if redeem is None or grant_type not in ctx.policy.grant_types_supported:
        raise UnsupportedGrantType(
            "this grant type is not supported",
            rule="grant_type",
            received=grant_type[:100],
            registered=" ".join(ctx.policy.grant_types_supported),
        )
    request.scope[WHAT] = grant_type
    if not client.allows_grant(grant_type):
        raise UnauthorizedClient(
            "this grant type is not registered for this client",
            rule="grant_types",
            received=grant_type,
            registered=" ".join(client.metadata.grant_types),
        )
    with tracing.span(f"grant {grant_type}", {"consentry.client_id": client.client_id}):
        answer = await redeem(ctx, client, form, request.scope.get("consentry.address", ""))
    metrics.tokens_issued(grant_type)
    record_success(request, grant_type)
    return json_answer(answer)
