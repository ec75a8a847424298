"""Successes on record, for the people of the app that asked."""

from uuid import UUID

from starlette.requests import Request

from consentry.records.transient import Success
from consentry.tenancy.context import TenantContext
from consentry.web.usage import served


def record_success(request: Request, outcome: str) -> None:
    """Put on record that the client of this request was served, unless enough were just now.

    outcome: what was given, in words that tell nothing secret.
    """
    ctx, scope = TenantContext.of(request), request.scope
    tenant_id, client_id = ctx.tenant.tenant_id, scope["consentry.client_id"]
    served(request, client_id)
    log = ctx.deployment.successes
    if not log.has_room(tenant_id, client_id):
        return
    log.add(
        Success(
            tenant_id=tenant_id,
            success_id=UUID(hex=scope["consentry.request_id"]),
            client_id=client_id,
            endpoint=scope.get("consentry.endpoint", ""),
            outcome=outcome,
            created_at=ctx.now(),
        )
    )
