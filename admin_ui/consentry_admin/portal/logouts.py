"""How an app was told of logouts, and another try."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations.errors import NotFound
from consentry.operations.logouts import Logout, get_logout, logouts_page, tell_again
from consentry.records.outbox import DEAD, DONE, DROPPED, WAITING
from consentry.spec.forms import Form
from consentry_admin.listing import Listing, newest, place_of
from consentry_admin.portal.door import app_href, app_page, asked_for, for_developer
from consentry_admin.question import question
from consentry_admin.visit import Visit

PAGE_SIZE = 25
# What a state is called, and how its badge looks.
STATES = {
    WAITING: ("Waiting", "neutral"),
    DONE: ("Told", "good"),
    DEAD: ("Given up", "danger"),
    DROPPED: ("Dropped", "neutral"),
}


async def listed(visit: Visit, path: str, client_id: str | None = None) -> Listing:
    """One page of them as the query asks: `before`. client_id: of this app alone."""
    before = visit.request.query_params.get("before", "")
    found = await logouts_page(visit.ctx, client_id, before=place_of(before), limit=PAGE_SIZE)
    return newest(path, _views(found.items), before=before, onward=found.next)


def _views(found: Sequence[Logout]) -> list[dict[str, Any]]:
    views = []
    for one in found:
        label, kind = STATES[one.state]
        href = f"{app_href(one.client_id)}/logouts/{one.logout_id}/again"
        views.append({"row": one, "label": label, "kind": kind, "href": href})
    return views


@for_developer
async def show(visit: Visit) -> Response:
    """The newest first."""
    app = await asked_for(visit)
    found = await listed(visit, f"{app.href}/logouts", app.client_id)
    return app_page(visit, app, "logouts", logouts=found)


async def _ask(visit: Visit, error: str | None, status: int) -> Response:
    """What came of it so far."""
    app = await asked_for(visit)
    one = await get_logout(visit.ctx, app.client_id, _named(visit))
    return app_page(visit, app, "tell_again", status=status, one=one, error=error)


async def _tell(visit: Visit, form: Form) -> Response:
    """It is told once more, at once."""
    app = await asked_for(visit)
    await tell_again(visit.ctx, app.client_id, _named(visit))
    return go(f"{app.href}/logouts", done="told")


def _named(visit: Visit) -> UUID:
    text = visit.parameter("logout_id")
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("logout", text) from None


AGAIN = question(for_developer, _ask, _tell, about=asked_for)
