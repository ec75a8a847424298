"""Where one is signed in: ending one login, or all others."""

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations import sessions
from consentry.operations.errors import NotFound
from consentry_admin.listing import listed
from consentry_admin.visit import Visit, for_person

SESSIONS = "/account/sessions"


async def _all(visit: Visit) -> list[sessions.Session]:
    current = visit.current.login.login_id
    return await sessions.sessions_of(visit.ctx, visit.user.user_id, current)


@for_person
async def show(visit: Visit) -> Response:
    """This one and the others, newest first."""
    found = sorted(await _all(visit), key=lambda one: not one.is_current)
    sorts = {
        "device": lambda one: one.device.casefold(),
        "since": lambda one: one.since,
    }
    text = lambda one: f"{one.device} {one.address}"  # noqa: E731
    rows = listed(visit.request, found, text=text, sorts=sorts)
    return visit.page("account/sessions.html", sessions=rows, count=len(found))


@for_person
async def ask(visit: Visit) -> Response:
    """Which session it is, before it ends."""
    key = visit.parameter("key")
    found = next((one for one in await _all(visit) if one.key == key), None)
    if found is None:
        raise NotFound("session", key)
    return visit.page("account/end_session.html", session=found)


@for_person
async def end(visit: Visit) -> Response:
    """End it; apps that were to go with it go."""
    await visit.form()
    await sessions.end_session(visit.ctx, visit.user.user_id, visit.parameter("key"))
    return go(SESSIONS, done="session")


@for_person
async def ask_others(visit: Visit) -> Response:
    """How many there are besides this one."""
    return visit.page("account/end_others.html", count=len(await _all(visit)) - 1)


@for_person
async def end_others(visit: Visit) -> Response:
    """End all but this one."""
    await visit.form()
    keep = visit.current.login.login_id
    await sessions.end_other_sessions(visit.ctx, visit.user.user_id, keep)
    return go(SESSIONS, done="sessions")
