"""How apps were told of logouts, all of them."""

from starlette.responses import Response

from consentry.operations.lists import usernames_of
from consentry_admin.portal.door import app_href
from consentry_admin.portal.logouts import listed
from consentry_admin.tenant.door import HOME, for_administrator
from consentry_admin.visit import Visit


@for_administrator
async def show(visit: Visit) -> Response:
    """The newest first, with whose session it was."""
    found = await listed(visit, f"{HOME}/logouts")
    names = await usernames_of(visit.ctx, (one["row"].user_id for one in found.rows))
    for one in found.rows:
        client = await visit.ctx.client(one["row"].client_id)
        one["client"] = client.name if client else one["row"].client_id
        # Of an app that is gone there are no pages, and nothing to try again.
        one["client_href"] = f"{app_href(one['row'].client_id)}/logouts" if client else None
        one["username"] = names.get(one["row"].user_id)
    return visit.page("tenant/logouts.html", logouts=found)
