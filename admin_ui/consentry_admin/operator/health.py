"""What the deployment stands on."""

from starlette.responses import Response

from consentry.operations.health import health
from consentry_admin.visit import Visit, for_person


@for_person
async def show(visit: Visit) -> Response:
    """Every check, the worst word above them."""
    found = await health(visit.ctx)
    worst = next((s for s in ("fail", "warn") if any(one.status == s for one in found)), "ok")
    return visit.page("operator/health.html", checks=found, worst=worst)
