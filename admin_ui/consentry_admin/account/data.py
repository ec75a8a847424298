"""What is kept about a person, for that person."""

import orjson
from starlette.responses import Response

from consentry.operations.account import CHAPTERS, everything_about
from consentry_admin.visit import Visit, for_person


@for_person
async def show(visit: Visit) -> Response:
    """The way to one's data, and out."""
    return visit.page("account/data.html", chapters=list(CHAPTERS))


@for_person
async def download(visit: Visit) -> Response:
    """A JSON file of everything but secrets."""
    everything = await everything_about(visit.ctx, visit.user.user_id)
    name = f"{visit.ctx.tenant.slug}-account.json"
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    body = orjson.dumps(everything, option=orjson.OPT_INDENT_2)
    return Response(body, 200, headers, "application/json")
