"""What an administrator wants to know first."""

from starlette.responses import Response

from consentry.operations.tenant_figures import MOST_ROWS, Daily, glance
from consentry_admin.counts import charted
from consentry_admin.portal.advice import meaning_of
from consentry_admin.tenant.door import for_administrator
from consentry_admin.visit import Visit


@for_administrator
async def show(visit: Visit) -> Response:
    """Sign-ins, what counts, what was refused, keys that are due."""
    found = await glance(visit.ctx)
    return visit.page(
        "tenant/overview.html",
        glance=found,
        most=MOST_ROWS,
        sign_ins=_labelled(found.sign_ins),
        tokens=charted(found.use, "tokens"),
        refused=charted(found.use, "refused"),
        meaning_of=meaning_of,
    )


def _labelled(daily: Daily) -> list[tuple[str, int]]:
    return [(f"{day.day} {day:%b}", count) for day, count in daily.days]
