"""What is one's own: profile, password, data, the end of it."""

from typing import Any
from uuid import UUID

from consentry.api.models.account import (
    DataShown,
    Deletion,
    OwnPassword,
    ProfileShown,
    profile_shown,
)
from consentry.api.operation import Call
from consentry.api.problems import Problem
from consentry.api.resources.me import me
from consentry.identity.password import check_password
from consentry.interaction.browser import known_device
from consentry.operations import account
from consentry.operations.user_changes import own_person
from consentry.records.user import User

own_account = me
"""The resource of `me`, with what follows."""


@me("GET", "/me/profile", "users.read", own=True, answer=ProfileShown)
async def get_my_profile(call: Call[Any, Any]) -> ProfileShown:
    """The claims one may set about oneself."""
    return profile_shown(await own_person(call.ctx))


@me(
    "PUT", "/me/profile", "users.write",
    own=True, body=ProfileShown, answer=ProfileShown, current=get_my_profile,
)  # fmt: skip
async def set_my_profile(call: Call[None, ProfileShown]) -> ProfileShown:
    """Set them, all of them: one that is left out is removed."""
    await account.change_profile(call.ctx, UUID(call.ctx.actor.id), call.body.claims)
    return profile_shown(await own_person(call.ctx))


@me(
    "PUT", "/me/password", "users.write",
    own=True, body=OwnPassword, status=204, throttled=True,
)  # fmt: skip
async def set_my_password(call: Call[None, OwnPassword]) -> None:
    """Set a password; every login and authorization of one's own ends, this one too."""
    user = await _proven(call, call.body.current_password)
    await account.change_password(call.ctx, user.user_id, call.body.password)


@me("GET", "/me/data", "users.read", own=True, answer=DataShown)
async def get_my_data(call: Call[None, None]) -> DataShown:
    """All that is kept about one, without what would sign in for one."""
    found = await account.everything_about(call.ctx, UUID(call.ctx.actor.id))
    return DataShown.model_construct(**found)


@me(
    "POST", "/me/deletion", "users.write",
    own=True, body=Deletion, status=204, throttled=True,
)  # fmt: skip
async def delete_me(call: Call[None, Deletion]) -> None:
    """Remove oneself with logins, consents and authorizations, for good."""
    user = await _proven(call, call.body.password)
    await account.delete_account(call.ctx, user.user_id)


async def _proven(call: Call[Any, Any], password: str) -> User:
    """The person who calls, if this is their password. Raises Problem 403, TooManyRequests."""
    user = await own_person(call.ctx)
    found = await check_password(
        call.ctx,
        user.username,
        password,
        address=call.ctx.actor.address,
        device=known_device(call.ctx, call.request),
    )
    if found is None or found.user_id != user.user_id:
        raise Problem(403, "wrong_password", "this is not your password")
    return user
