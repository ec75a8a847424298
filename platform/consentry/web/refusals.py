"""Refusals on record: every refused request of a tenant, by the id its answer carries."""

from uuid import UUID

from starlette.requests import Request

from consentry import metrics
from consentry.records.transient import Refusal
from consentry.spec.errors import OAuthError
from consentry.telemetry import get_logger
from consentry.tenancy.context import TenantContext
from consentry.web.usage import OUTCOME


def record_refusal(request: Request, error: OAuthError, *, client_id: str | None = None) -> str:
    """Put a refusal on record. Returns its id, which is the request's."""
    ctx = TenantContext.of(request)
    request_id: str = request.scope["consentry.request_id"]
    metrics.refused(error.code)
    client_id = client_id or request.scope.get("consentry.client_id")
    request.scope[OUTCOME], request.scope["consentry.client_id"] = error.code, client_id
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
