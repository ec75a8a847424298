"""People of the tenant."""

from typing import Any
from uuid import UUID

from consentry.api.models.common import Ended, Search, page_of, read_place
from consentry.api.models.people import (
    InviteShown,
    NewPassword,
    NewUser,
    SessionList,
    UserPage,
    UserPatch,
    UserShown,
    session_shown,
    user_shown,
)
from consentry.api.operation import Call, Made, Resource
from consentry.api.reading import read_id
from consentry.api.resources.addresses import address
from consentry.operations import invitations, sessions, user_changes
from consentry.operations import users as operations
from consentry.operations.lists import users_page
from consentry.records.user import User

users = Resource("users", "People of the tenant.")


@users("GET", "/users", "users.read", query=Search, answer=UserPage)
async def list_users(call: Call[Search, None]) -> Any:
    """People by username, found by how username or e-mail begins."""
    place = read_place(call.query.after, str) or ""
    page = await users_page(call.ctx, q=call.query.q, after=place, limit=call.query.limit)
    return page_of(UserPage, [user_shown(row) for row in page.items], page)


@users("POST", "/users", "users.write", body=NewUser, answer=UserShown, status=201, creates=True)
async def create_user(call: Call[None, NewUser]) -> Made:
    """A new person."""
    body = call.body
    user = await operations.create_user(
        call.ctx,
        body.username,
        email=body.email,
        password=body.password,
        roles=body.roles,
        claims=body.claims,
    )
    return Made(user_shown(user), address("users", str(user.user_id)))


@users("GET", "/users/{user_id}", "users.read", answer=UserShown)
async def get_user(call: Call[None, None]) -> UserShown:
    """One person."""
    return user_shown(await _named(call))


async def _counted(call: Call[None, UserPatch]) -> Call[None, UserPatch]:
    """The call, once the mail it causes is counted."""
    await user_changes.count_change(call.ctx, *_asked(call))
    return call


@users(
    "PATCH", "/users/{user_id}", "users.write",
    body=UserPatch, answer=UserShown, current=get_user, prepare=_counted, throttled=True,
)  # fmt: skip
async def update_user(call: Call[None, UserPatch]) -> UserShown:
    """Change a person, or disable or enable them (RFC 7396)."""
    return user_shown(await user_changes.change_user(call.ctx, *_asked(call)))


def _asked(call: Call[None, UserPatch]) -> tuple[UUID, dict[str, Any]]:
    return read_id("user", call.path["user_id"]), call.body.model_dump(exclude_unset=True)


@users("DELETE", "/users/{user_id}", "users.write", status=204, current=get_user)
async def delete_user(call: Call[None, None]) -> None:
    """Remove a person with logins, consents and authorizations."""
    await operations.delete_user(call.ctx, (await _named(call)).username)


@users(
    "PUT", "/users/{user_id}/password", "users.write", body=NewPassword, status=204, throttled=True
)
async def set_password(call: Call[None, NewPassword]) -> None:
    """Set a password; every login and authorization of the person ends."""
    user = await _named(call)
    await operations.set_password(call.ctx, user.username, call.body.password)


@users("POST", "/users/{user_id}/invite", "users.write", answer=InviteShown, throttled=True)
async def invite_user(call: Call[None, None]) -> InviteShown:
    """Send a person a link to set their password; needs a mail server."""
    user_id = read_id("user", call.path["user_id"])
    return InviteShown(letter=await invitations.invite_user(call.ctx, user_id))


@users("GET", "/users/{user_id}/sessions", "users.read", answer=SessionList)
async def list_sessions(call: Call[None, None]) -> SessionList:
    """Where a person is signed in."""
    found = await sessions.sessions_of(call.ctx, (await _named(call)).user_id)
    return SessionList(items=[session_shown(one) for one in found])


@users("DELETE", "/users/{user_id}/sessions", "users.write", answer=Ended)
async def end_sessions(call: Call[None, None]) -> Ended:
    """End every login of a person."""
    user_id = read_id("user", call.path["user_id"])
    return Ended(ended=await user_changes.end_sessions(call.ctx, user_id))


async def _named(call: Call[Any, Any]) -> User:
    user_id = read_id("user", call.path["user_id"])
    return await user_changes.get_user_by_id(call.ctx, user_id)
