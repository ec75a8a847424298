"""Who calls, and what is theirs: logins, connected apps, activity."""

from typing import Any
from uuid import UUID

from consentry.api.auth import token_of_page
from consentry.api.models.common import Ended, Paging, page_of, read_place
from consentry.api.models.people import (
    ConsentList,
    CsrfShown,
    MeShown,
    SessionList,
    consent_shown,
    session_shown,
)
from consentry.api.models.records import EventPage, event_shown
from consentry.api.operation import Call, Resource
from consentry.interaction.browser import login_id
from consentry.operations import consents, sessions
from consentry.operations.audit import own_activity
from consentry.operations.lists import paged
from consentry.operations.permissions import PERMISSIONS, reach

me = Resource("me", "Whoever calls.")


@me("GET", "/me", None, answer=MeShown)
async def get_me(call: Call[None, None]) -> MeShown:
    """Who calls, and what they may do."""
    actor = call.ctx.actor
    reached = {name: reach(call.ctx, name) for name in PERMISSIONS}
    return MeShown.model_construct(
        kind=actor.kind,
        id=actor.id,
        name=actor.name,
        roles=sorted(actor.roles),
        scope=None if actor.scopes is None else str(actor.scopes),
        permissions={name: found for name, found in reached.items() if found},
    )


@me("GET", "/csrf", None, answer=CsrfShown)
async def get_csrf(call: Call[None, None]) -> CsrfShown:
    """The `X-CSRF-Token` of a signed-in browser.

    Send it with every change that a cookie stands behind. A caller with a bearer token needs
    none.
    """
    return CsrfShown(csrf_token=await token_of_page(call.ctx, call.request))


@me("GET", "/me/sessions", "users.read", own=True, answer=SessionList)
async def list_my_sessions(call: Call[None, None]) -> SessionList:
    """Where one is signed in."""
    current = login_id(call.request) or ""
    found = await sessions.sessions_of(call.ctx, _me(call), current)
    return SessionList(items=[session_shown(one) for one in found])


@me("DELETE", "/me/sessions", "users.write", own=True, answer=Ended)
async def end_my_other_sessions(call: Call[None, None]) -> Ended:
    """End one's logins everywhere else; with a token, everywhere."""
    keep = login_id(call.request) or ""
    return Ended(ended=await sessions.end_other_sessions(call.ctx, _me(call), keep))


@me("DELETE", "/me/sessions/{key}", "users.write", own=True, status=204)
async def end_my_session(call: Call[None, None]) -> None:
    """End one's login at a browser."""
    await sessions.end_session(call.ctx, _me(call), call.path["key"])


@me("GET", "/me/consents", "authorizations.read", own=True, answer=ConsentList)
async def list_my_consents(call: Call[None, None]) -> ConsentList:
    """The apps that may act for one."""
    found = await consents.connected_apps(call.ctx, _me(call))
    return ConsentList(items=[consent_shown(one) for one in found])


@me("DELETE", "/me/consents/{app_id}", "authorizations.write", own=True, status=204)
async def withdraw_my_consent(call: Call[None, None]) -> None:
    """Take everything back from an app."""
    await consents.withdraw_app(call.ctx, _me(call), call.path["app_id"])


@me("DELETE", "/me/consents/{app_id}/scopes/{scope}", "authorizations.write", own=True, status=204)
async def withdraw_my_scope(call: Call[None, None]) -> None:
    """Take one scope back from an app; its tokens narrow."""
    path = call.path
    await consents.withdraw_scope(call.ctx, _me(call), path["app_id"], path["scope"])


@me("GET", "/me/activity", "audit.read", own=True, query=Paging, answer=EventPage)
async def list_my_activity(call: Call[Paging, None]) -> Any:
    """What one did here, newest first."""
    place = read_place(call.query.after, int)
    limit = call.query.limit
    found = await own_activity(call.ctx, before=place, limit=limit + 1)
    page = paged(found, limit, lambda row: str(row.seq))
    return page_of(EventPage, [event_shown(row) for row in page.items], page)


def _me(call: Call[Any, None]) -> UUID:
    return UUID(call.ctx.actor.id)
