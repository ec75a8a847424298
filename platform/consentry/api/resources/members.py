"""Who manages an app besides the administrators."""

from consentry.api.models.clients import MemberList, NewMember, member_shown
from consentry.api.operation import Call, Resource
from consentry.api.reading import read_id
from consentry.operations import members as operations

members = Resource("members", "Developers of an app; its owners choose the others.")


@members("GET", "/clients/{client_id}/members", "clients.read", answer=MemberList)
async def list_members(call: Call[None, None]) -> MemberList:
    """Who manages an app, longest first."""
    found = await operations.people_of(call.ctx, call.path["client_id"])
    return MemberList(items=[member_shown(one) for one in found])


@members("PUT", "/clients/{client_id}/members", "clients.write", body=NewMember, status=204)
async def set_member(call: Call[None, NewMember]) -> None:
    """Let a developer manage an app, or change what they are to it."""
    body = call.body
    await operations.set_member(call.ctx, call.path["client_id"], body.user, body.role)


@members("DELETE", "/clients/{client_id}/members/{user_id}", "clients.write", status=204)
async def remove_member(call: Call[None, None]) -> None:
    """Somebody manages an app no more."""
    user_id = read_id("user", call.path["user_id"])
    await operations.remove_member(call.ctx, call.path["client_id"], user_id)
