"""What the deployment stands on."""

from starlette.responses import Response

from consentry.operations.background import background, running
from consentry.operations.health import health
from consentry_admin.visit import Visit, for_person


@for_person
async def show(visit: Visit) -> Response:
    """Every check, the worst word above them, and the processes there are."""
    found = [*await health(visit.ctx), *await background(visit.ctx)]
    worst = next((s for s in ("fail", "warn") if any(one.status == s for one in found)), "ok")
    processes = await running(visit.ctx)
    return visit.page("operator/health.html", checks=found, worst=worst, processes=processes)
