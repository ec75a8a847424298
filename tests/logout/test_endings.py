"""However a session ends, its apps are told."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson

from consentry.operations import account, sessions, user_changes, users
from consentry.operations.apply import apply
from consentry.operations.manifest import Manifest
from consentry.records.user import User
from consentry.tenancy.context import TenantContext
from logout.app import Told, sign_out
from support.world import PKCE
from tenant_admin.office import context

PASSWORD = "another horse battery"


async def by_a_manifest(ctx: TenantContext, user: User, **members: Any) -> None:
    entry = {"username": user.username, **members}
    text = orjson.dumps({"tenants": [{"slug": "photos", "users": [entry]}]}).decode()
    await apply(ctx.deployment, Manifest.parse(text, "m.yaml"))


async def by_their_list(ctx: TenantContext, user: User) -> None:
    (one,) = await sessions.sessions_of(ctx, user.user_id)
    await sessions.end_session(ctx, user.user_id, one.key)


ENDINGS: Mapping[str, Callable[[TenantContext, User], Awaitable[Any]]] = {
    "set-password": lambda ctx, user: users.set_password(ctx, user.username, PASSWORD),
    "own-password": lambda ctx, user: account.change_password(ctx, user.user_id, PASSWORD),
    "disable": lambda ctx, user: users.disable_user(ctx, user.username),
    "update": lambda ctx, user: user_changes.update_user(ctx, user.user_id, {"disabled": True}),
    "delete": lambda ctx, user: users.delete_user(ctx, user.username),
    "leave": lambda ctx, user: account.delete_account(ctx, user.user_id),
    "end-sessions": lambda ctx, user: user_changes.end_sessions(ctx, user.user_id),
    "end-one": by_their_list,
    "end-others": lambda ctx, user: sessions.end_other_sessions(ctx, user.user_id, "none"),
    "manifest-disable": lambda ctx, user: by_a_manifest(ctx, user, disabled=True),
    "manifest-password": lambda ctx, user: by_a_manifest(ctx, user, password=PASSWORD),
}


async def test_the_apps_of_a_session_are_told_however_it_ends(each_told: Told) -> None:
    """Once each, and in the transaction of what ended it."""
    world = each_told.world
    for name, end in ENDINGS.items():
        user = await world.add_user(name)
        async with world.new_browser() as browser:
            await each_told.enter(browser, username=name)
        before = await each_told.notices()
        assert str(user.user_id) not in {one.payload["user_id"] for one in before}, name
        await end(await context(world), user)
        told = [one for one in await each_told.notices() if one not in before]
        assert [one.payload["user_id"] for one in told] == [str(user.user_id)], name


async def test_pruning_by_a_manifest_tells_the_apps(told: Told) -> None:
    await told.enter()
    deployment = told.world.deployment
    await apply(deployment, Manifest.parse("tenants: [{slug: photos, users: []}]"), prune=True)
    assert await told.world.store().users.by_identifier("jane") is None
    assert len(await told.notices()) == 1


async def test_what_ends_nothing_tells_nobody(told: Told) -> None:
    """One's other sessions, somebody else's, a name that is changed, a sign-in elsewhere."""
    world, ctx = told.world, await context(told.world)
    joe = await world.add_user("joe")
    await told.enter()
    jane = await world.store().users.by_identifier("jane")
    assert jane is not None
    async with world.new_browser() as other:
        await world.sign_in(other)
        await sign_out(other)
    (login,) = await world.store().logins.of_user(jane.user_id, world.clock())
    await sessions.end_other_sessions(ctx, jane.user_id, login.login_id)
    await user_changes.update_user(ctx, jane.user_id, {"email": "jane@new.example"})
    await users.delete_user(ctx, joe.username)
    assert await told.notices() == []
    async with world.new_browser() as elsewhere:
        await told.enter(elsewhere)
        await sessions.end_other_sessions(ctx, jane.user_id, login.login_id)
    assert len(await told.notices()) == 1


async def test_a_change_that_fails_tells_nobody(told: Told) -> None:
    await told.enter()
    store, now = told.world.deployment.store, told.world.clock()
    try:
        async with store.begin() as joined:
            inside = joined.inside(told.world.tenants["photos"])
            jane = await inside.users.by_identifier("jane")
            assert jane is not None
            assert len(await inside.session_clients.leave_all(jane.user_id)) == 1
            await inside.users.set_password(jane.user_id, "x", now)
            raise RuntimeError
    except RuntimeError:
        pass
    await sign_out(told.world.browser)
    assert len(await told.notices()) == 1


async def test_the_same_person_in_another_tab_ends_no_session(told: Told) -> None:
    await told.enter()
    asked = await told.world.ask(pkce=PKCE, client_id="album", prompt="login", scope="openid")
    await told.world.follow(asked)
    await told.world.sign_in()
    assert await told.notices() == []
