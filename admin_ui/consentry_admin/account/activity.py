"""What a person did here, the newest first."""

from collections.abc import Sequence

from starlette.responses import Response

from consentry.operations.audit import own_activity
from consentry.records.audit import AuditRow
from consentry.tenancy.context import TenantContext
from consentry_admin.listing import PAGE_SIZE, Listing, address
from consentry_admin.visit import Visit, for_person


@for_person
async def show(visit: Visit) -> Response:
    """A page of one's own events; `before` leads to older ones."""
    asked = visit.request.query_params.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 16 else None
    rows = await own_activity(visit.ctx, before=before, limit=PAGE_SIZE + 1)
    shown, path = rows[:PAGE_SIZE], visit.address
    older = address(path, before=str(shown[-1].seq)) if len(rows) > PAGE_SIZE else None
    listing = Listing(path, shown, previous=path if before is not None else None, next=older)
    return visit.page(
        "account/activity.html", events=listing, names=await _app_names(visit.ctx, shown)
    )


async def _app_names(ctx: TenantContext, rows: Sequence[AuditRow]) -> dict[str, str]:
    """What the apps among the targets are called; those that are gone keep their id."""
    names = {}
    for client_id in {row.target_id for row in rows if row.target_kind == "client"}:
        client = await ctx.client(client_id)
        names[client_id] = client.name if client else client_id
    return names
