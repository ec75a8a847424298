"""Which requests are counted as use, and under what."""

from starlette.requests import Request
from starlette.types import Scope

from consentry.records.usage import ALL, OK
from consentry.tenancy.context import TenantContext

OUTCOME, WHAT = "consentry.outcome", "consentry.what"


def served(request: Request, client_id: str) -> None:
    """Have this request counted as served to a client.

    It counts for its endpoint, unless `scope[WHAT]` has a grant type.
    """
    request.scope[OUTCOME], request.scope["consentry.client_id"] = OK, client_id


def count_use(scope: Scope, seconds: float) -> None:
    """Count a request at its end, if it was served or refused by the protocol."""
    outcome = scope.get(OUTCOME)
    ctx: TenantContext | None = scope.get("consentry.tenant")
    if outcome is None or ctx is None:
        return
    deployment, client_id = ctx.deployment, scope.get("consentry.client_id") or ALL
    # Anybody may say any name: only one that was found is counted by it.
    if deployment.clients.get((ctx.serial, client_id)) is None:
        client_id = ALL
    deployment.usage.count(
        ctx.tenant.tenant_id,
        int(deployment.clock().timestamp()) // 60,
        client_id,
        scope.get(WHAT) or scope.get("consentry.endpoint", ""),
        outcome,
        seconds,
    )
