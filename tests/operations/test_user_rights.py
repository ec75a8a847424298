"""Whom a token or a person may change: nobody who may do more, and never the last administrator."""

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest

from consentry.operations.account import delete_account
from consentry.operations.clients import create_client, update_client
from consentry.operations.errors import Conflict, Forbidden
from consentry.operations.permissions import PERMISSIONS
from consentry.operations.user_changes import update_user
from consentry.operations.users import (
    create_user,
    delete_user,
    disable_user,
    enable_user,
    set_password,
)
from consentry.spec.scope import Scope
from consentry.tenancy.actor import SYSTEM, Actor
from consentry.tenancy.context import TenantContext
from operations.people import acting, client_with, person

CODE = {"redirect_uris": ["https://a.example/cb"]}
PASSWORD = "a password of some length"
USERS = "consentry:users"
# What a developer may do, everywhere: and so each app that was given nothing.
AS_DEVELOPER = f"{USERS} consentry:clients consentry:scopes.read consentry:refusals consentry:usage"
ALL = " ".join(f"consentry:{name}" for name in PERMISSIONS)


def changes(
    ctx: TenantContext, username: str, user_id: UUID
) -> list[Callable[[], Awaitable[object]]]:
    """All that takes somebody over or locks them out."""
    return [
        lambda: set_password(ctx, username, PASSWORD),
        lambda: update_user(ctx, user_id, {"email": f"new-{username}@example.com"}),
        lambda: disable_user(ctx, username),
        lambda: enable_user(ctx, username),
        lambda: delete_user(ctx, username),
    ]


async def refused(ctx: TenantContext, username: str, user_id: UUID, match: str) -> None:
    """Each of them is forbidden."""
    for change in changes(ctx, username, user_id):
        with pytest.raises(Forbidden, match=match):
            await change()


@pytest.mark.parametrize("role", ["developer", "admin"])
async def test_a_token_for_users_makes_and_takes_over_nobody_with_a_role(
    ctx: TenantContext, role: str
) -> None:
    """With their password it could do what they may, which it was not given."""
    one, joe = await person(ctx, "one", role), await person(ctx, "joe")
    admin = await person(ctx, "admin", "admin")
    for robot in (
        client_with(ctx, USERS),
        acting(ctx, UUID(admin.actor.id), "admin", "admin", scopes=USERS),
    ):
        await refused(robot, "one", UUID(one.actor.id), "people with a role")
        with pytest.raises(Forbidden, match="people with a role"):
            await create_user(robot, "mine", password=PASSWORD, roles=[role])
        with pytest.raises(Forbidden, match="people with a role"):
            await update_user(robot, UUID(joe.actor.id), {"roles": [role]})
        await set_password(robot, "joe", PASSWORD)


async def test_what_may_do_all_a_developer_may_changes_developers(ctx: TenantContext) -> None:
    dev = await person(ctx, "dev", "developer")
    await create_client(dev, "app", {**CODE, "scope": "openid"})
    for change in changes(client_with(ctx, AS_DEVELOPER), "dev", UUID(dev.actor.id)):
        await change()


async def test_but_not_one_whose_app_may_do_more(ctx: TenantContext) -> None:
    """They could make a secret for the app, and it a token of its own."""
    dev, admin = await person(ctx, "dev", "developer"), await person(ctx, "admin", "admin")
    robot, dev_id = client_with(ctx, AS_DEVELOPER), UUID(dev.actor.id)
    for n in range(101):
        await create_client(dev, f"app-{n:03}", CODE)
    await set_password(robot, "dev", PASSWORD)
    await create_client(dev, "mighty", CODE)
    await update_client(admin, "mighty", {**CODE, "scope": "consentry:keys.read"})
    await refused(robot, "dev", dev_id, "an app that may do more")
    for change in changes(admin, "dev", dev_id):
        await change()


# The last administrator


async def ada(ctx: TenantContext) -> TenantContext:
    """On behalf of an administrator who can sign in."""
    user = await create_user(ctx, "ada", password=PASSWORD, roles=("admin",))
    return acting(ctx, user.user_id, "ada", "admin")


def farewells(ctx: TenantContext, id: UUID) -> list[Callable[[], Awaitable[object]]]:
    """All that makes somebody no administrator."""
    return [
        lambda: update_user(ctx, id, {"roles": ["developer"]}),
        lambda: update_user(ctx, id, {"disabled": True}),
        lambda: disable_user(ctx, "ada"),
        lambda: delete_user(ctx, "ada"),
        lambda: delete_account(ctx, id),
    ]


async def test_the_last_administrator_stays(ctx: TenantContext) -> None:
    admin = await ada(ctx)
    id = UUID(admin.actor.id)
    # These count as none: nobody who signs in could make another administrator.
    await person(ctx, "silent", "admin")
    await create_user(ctx, "asleep", password=PASSWORD, roles=("admin",))
    await disable_user(ctx, "asleep")
    for one in (admin, client_with(ctx, ALL)):
        for farewell in farewells(one, id):
            with pytest.raises(Conflict, match="the last administrator"):
                await farewell()
    await update_user(admin, id, {"roles": ["admin", "developer"], "email": "ada@example.com"})
    await set_password(admin, "ada", PASSWORD)


@pytest.mark.parametrize("number", range(5))
async def test_one_of_two_administrators_may_go(ctx: TenantContext, number: int) -> None:
    admin = await ada(ctx)
    await create_user(ctx, "bea", password=PASSWORD, roles=("admin", "developer"))
    await farewells(admin, UUID(admin.actor.id))[number]()


@pytest.mark.parametrize("actor", [SYSTEM, Actor("operator", str(uuid4()))])
async def test_operators_and_the_command_line_remove_the_last_one(
    ctx: TenantContext, actor: Actor
) -> None:
    await ada(ctx)
    await delete_user(ctx.acting(actor), "ada")


async def test_an_administrator_who_is_disabled_already_may_be_removed(ctx: TenantContext) -> None:
    await ada(ctx)
    await disable_user(ctx, "ada")
    everything = ctx.acting(Actor("client", "robot", scopes=Scope.parse(ALL)))
    await delete_user(everything, "ada")
