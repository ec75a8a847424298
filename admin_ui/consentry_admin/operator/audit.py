"""Who did what: at this host, or in one tenant."""

from starlette.responses import Response

from consentry.operations import console
from consentry.operations.errors import NotFound
from consentry_admin.listing import Listing, address
from consentry_admin.trail import event_view
from consentry_admin.visit import Visit, for_person

AUDIT = "/admin/audit"
PAGE_SIZE = 50


@for_person
async def show(visit: Visit) -> Response:
    """Newest first. tenant: a slug, without one the operators' own trail; action: one alone."""
    query = visit.request.query_params
    slug, action = query.get("tenant", "").strip(), query.get("action", "").strip()
    before = query.get("before", "")
    start = int(before) if before.isdecimal() and len(before) < 19 else None
    missing = False
    try:
        rows = await console.trail(
            visit.ctx, slug, action=action, before=start, limit=PAGE_SIZE + 1
        )
    except NotFound:
        rows, missing = [], True
    shown = rows[:PAGE_SIZE]
    asked = {"tenant": slug, "action": action}
    listing = Listing(
        AUDIT,
        [event_view(row) for row in shown],
        previous=address(AUDIT, **asked) if start is not None else None,
        next=address(AUDIT, **asked, before=str(shown[-1].seq)) if len(rows) > PAGE_SIZE else None,
    )
    return visit.page(
        "operator/audit.html", events=listing, slug=slug, action=action, missing=missing
    )
