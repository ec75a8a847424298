"""No app learns of a session behind its end, and of its end also when it just expired."""

import asyncio

from consentry.records.user import Login
from logout.app import SCOPE, Told, sign_out
from support.people import id_claims, landed
from support.world import PKCE, World, answer_of


async def login_of(world: World) -> Login:
    """Jane's."""
    jane = await world.store().users.by_identifier("jane")
    assert jane is not None
    (found,) = await world.store().logins.of_user(jane.user_id, world.clock())
    return found


async def test_an_app_is_given_nothing_by_a_login_that_ends_in_that_moment(
    each_told: Told,
) -> None:
    """OIDC Back-Channel Logout §2.3: it would never be told."""
    told, world = each_told, each_told.world
    await told.enter()
    login = await login_of(world)
    assert login.session_id is not None
    async with world.deployment.store.begin() as store:
        inside = store.inside(world.tenants["photos"])
        left = await inside.session_clients.leave(login.user_id, login.session_id)
        asking = asyncio.create_task(world.ask(pkce=PKCE, client_id="album", scope="openid"))
        done, _ = await asyncio.wait([asking], timeout=0.3)
        assert (len(left), done) == (1, set())
        await inside.logins.end(login.login_id, world.clock())
    answer = await asking
    assert "code" not in answer_of(answer)
    assert answer.headers["location"].startswith("/oauth2/authorize?flow=")
    page = await landed(world.browser, answer)
    assert 'name="password"' in page.text
    assert await told.notices() == []


async def test_a_code_that_was_not_redeemed_ends_with_the_session(told: Told) -> None:
    """Also one that asks for access while the person is away (§2.7): with it the app would
    begin a session of its own after it was told to end it."""
    world = told.world
    code = await world.authorize(client_id="album", scope="openid offline_access")
    await sign_out(world.browser)
    assert (await world.redeem(code, client_id="album")).error == "invalid_grant"


async def test_a_session_that_expires_is_told_where_the_tenant_wants_it(each_told: Told) -> None:
    told, world = each_told, each_told.world
    await world.add_client("gone", backchannel_logout_uri=told.uri, scope=SCOPE)
    await world.add_client("front", frontchannel_logout_uri="http://127.0.0.1:9999/out")
    told_before = 0
    for is_wanted in (False, True):
        await world.settings(logout_on_expiry=is_wanted)
        answer = await told.enter()
        for other in ("gone", "front"):
            await told.enter(client_id=other)
        entered = await id_claims(world, answer["id_token"], client_id="album")
        if is_wanted:
            await world.store().clients.delete("gone")
            world.forget()
        world.clock.forward(world.deployment.settings.login_lifetime + 5)
        for _ in range(2):
            await world.run_job("sweep")
        told_before += is_wanted
        assert len(await told.notices()) == told_before
    for deaf in ("gone", "front"):
        assert await told.notices(deaf) == []
    await world.work()
    (claims,) = await told.claims()
    assert (claims["sid"], claims["sub"]) == (entered["sid"], entered["sub"])


async def test_a_session_that_somebody_ended_is_not_told_again_when_it_expires(told: Told) -> None:
    await told.world.settings(logout_on_expiry=True)
    await told.enter()
    await sign_out(told.world.browser)
    told.world.clock.forward(told.world.deployment.settings.login_lifetime + 5)
    await told.world.run_job("sweep")
    assert len(await told.notices()) == 1


async def test_a_disabled_app_or_tenant_is_not_told_of_sessions_that_expire(told: Told) -> None:
    """THREATS 38"""
    world = told.world
    await world.add_tenant("music", logout_on_expiry=True)
    await world.add_user(slug="music")
    await world.add_client("album", slug="music", backchannel_logout_uri=told.uri)
    await world.settings(logout_on_expiry=True)
    await told.enter()
    async with world.new_browser("music") as browser:
        code = await world.authorize(browser, client_id="album", scope="openid")
        await world.redeem(code, client_id="album", slug="music")
    stored = await world.store().clients.get("album")
    tenant = await world.deployment.store.tenants.by_slug("music")
    assert stored is not None and tenant is not None
    stored.row.disabled_at = tenant.disabled_at = world.clock()
    await world.store().clients.save(stored.row)
    await world.deployment.store.tenants.save(tenant)
    world.clock.forward(world.deployment.settings.login_lifetime + 5)
    await world.run_job("sweep")
    assert await told.notices() == await told.notices(slug="music") == []
