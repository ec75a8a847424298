"""Signing out (OIDC RP-Initiated Logout)."""

from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from support.people import bought, is_error_page, landed, step_of
from support.world import World, hidden

BYE = "https://printer.example.com/bye"


async def ask(world: World, browser: httpx.AsyncClient | None = None, **sent: Any) -> Any:
    """The answer to a logout request, our own redirects followed."""
    browser = browser or world.browser
    return await landed(browser, await browser.get("/oauth2/logout", params=sent))


async def press(
    browser: httpx.AsyncClient, page: httpx.Response, decision: str = "logout"
) -> httpx.Response:
    """Press a button of the page that asks."""
    return await browser.post("/logout", data={**hidden(page), "decision": decision})


async def is_signed_in(browser: httpx.AsyncClient) -> bool:
    return (await browser.get("/account")).status_code == 200


@pytest.fixture
async def leaver(world: World) -> World:
    """The client `leaver` has registered where to return to; Jane is signed in."""
    await world.add_client(
        "leaver", post_logout_redirect_uris=[BYE, BYE + "?a=b"],
        scope="openid profile photos.read offline_access",
    )  # fmt: skip
    await world.sign_in()
    return world


async def test_asking_ends_nothing(leaver: World) -> None:
    """RP-Initiated Logout §2, THREATS 40"""
    for path in ("/logout", "/oauth2/logout"):
        page = await landed(leaver.browser, await leaver.browser.get(path))
        assert page.status_code == 200
        assert 'value="logout"' in page.text
        assert await is_signed_in(leaver.browser)


async def test_a_client_that_posts_only_asks_too(leaver: World) -> None:
    """RP-Initiated Logout §2"""
    page = await landed(
        leaver.browser, await leaver.browser.post("/oauth2/logout", data={"x": "y"})
    )
    assert 'value="logout"' in page.text
    assert await is_signed_in(leaver.browser)


async def test_staying_ends_nothing(leaver: World) -> None:
    page = await ask(leaver)
    assert step_of(await press(leaver.browser, page, "stay")) == "/account"
    assert await is_signed_in(leaver.browser)


async def test_a_post_ends_the_login_on_the_server(each_world: World) -> None:
    """THREATS 46: the cookie alone opens nothing any more."""
    await each_world.sign_in()
    page = await ask(each_world)
    kept = dict(each_world.browser.cookies)
    answer = await press(each_world.browser, page)
    assert "You are signed out" in answer.text
    assert "consentry_login" not in each_world.browser.cookies
    async with each_world.new_browser(cookies=kept) as thief:
        assert not await is_signed_in(thief)


async def test_what_hangs_on_the_login_dies_with_it(each_world: World) -> None:
    """CONTRACT: without offline_access a token ends with the login that made it."""
    world = each_world
    await world.add_client("keeper", scope="openid offline_access")
    online = await bought(world)
    offline = await bought(world, client_id="keeper", scope="openid offline_access")
    await press(world.browser, await ask(world))
    assert not await world.is_active(online["access_token"])
    assert (await world.refresh(online["refresh_token"])).error == "invalid_grant"
    assert await world.is_active(offline["access_token"], client_id="keeper")
    assert (await world.refresh(offline["refresh_token"], client_id="keeper")).status == 200


async def test_a_code_dies_with_the_login_too(each_world: World) -> None:
    """THREATS 46"""
    code = await each_world.authorize()
    await press(each_world.browser, await ask(each_world))
    assert (await each_world.redeem(code)).error == "invalid_grant"


async def test_another_browsers_login_lives_on(leaver: World) -> None:
    async with leaver.new_browser() as other:
        await leaver.sign_in(other)
        await press(leaver.browser, await ask(leaver))
        assert await is_signed_in(other)


@pytest.mark.parametrize(
    ("state", "expected"),
    [(None, BYE), ("a&b #ä", f"{BYE}?{urlencode({'state': 'a&b #ä'})}")],
)
async def test_a_registered_address_is_returned_to_with_its_state(
    leaver: World, state: str | None, expected: str
) -> None:
    """RP-Initiated Logout §2, §3"""
    sent: dict[str, Any] = {"client_id": "leaver", "post_logout_redirect_uri": BYE}
    if state is not None:
        sent["state"] = state
    page = await ask(leaver, **sent)
    assert "leaver.example.com" in page.text
    answer = await press(leaver.browser, page)
    assert answer.status_code == 303
    assert answer.headers["location"] == expected


async def test_a_query_of_the_return_address_is_kept(leaver: World) -> None:
    page = await ask(leaver, client_id="leaver", post_logout_redirect_uri=BYE + "?a=b", state="s")
    answer = await press(leaver.browser, page)
    assert answer.headers["location"] == BYE + "?a=b&state=s"


async def test_an_expired_id_token_still_tells_who_asks(leaver: World) -> None:
    """RP-Initiated Logout §2 id_token_hint"""
    token = (await bought(leaver, client_id="leaver", scope="openid"))["id_token"]
    leaver.clock.forward(3_600)
    page = await ask(leaver, id_token_hint=token, post_logout_redirect_uri=BYE)
    assert (await press(leaver.browser, page)).headers["location"] == BYE


async def test_a_hint_that_is_not_ours_is_a_page(leaver: World) -> None:
    """RP-Initiated Logout §4, THREATS 39, 45"""
    await leaver.add_tenant("music")
    await leaver.add_user(slug="music")
    await leaver.add_client("leaver", slug="music")
    async with leaver.new_browser("music") as browser:
        code = await leaver.authorize(browser, client_id="leaver")
    foreign = await leaver.redeem(code, client_id="leaver", slug="music")
    for hint in (foreign.body["id_token"], "x.y.z"):
        assert is_error_page(await ask(leaver, id_token_hint=hint, post_logout_redirect_uri=BYE))
    assert await is_signed_in(leaver.browser)


async def test_hint_and_client_id_must_agree(leaver: World) -> None:
    """RP-Initiated Logout §2"""
    token = (await bought(leaver))["id_token"]
    assert is_error_page(await ask(leaver, id_token_hint=token, client_id="leaver"))


async def test_an_address_that_is_not_registered_is_a_page(leaver: World) -> None:
    """RP-Initiated Logout §3, THREATS 45"""
    registered = {"client_id": "leaver", "post_logout_redirect_uri": BYE}
    wrong: list[dict[str, Any]] = [
        {**registered, "post_logout_redirect_uri": "https://evil.example/"},
        {**registered, "post_logout_redirect_uri": BYE + "/"},
        {**registered, "post_logout_redirect_uri": BYE + "?state=x"},
        {**registered, "client_id": "printer"},
        {**registered, "client_id": "nobody"},
        {**registered, "state": "s" * 20_000},
        {"post_logout_redirect_uri": BYE},
        {"client_id": "nobody"},
    ]
    for sent in wrong:
        assert is_error_page(await ask(leaver, **sent)), sent


async def test_a_repeated_parameter_is_a_page(leaver: World) -> None:
    """THREATS 12"""
    query = urlencode([("client_id", "leaver")] * 2)
    assert is_error_page(await leaver.browser.get(f"/oauth2/logout?{query}"))


async def test_without_a_login_there_is_nothing_to_ask(leaver: World) -> None:
    async with leaver.new_browser() as stranger:
        answer = await ask(leaver, stranger, client_id="leaver", post_logout_redirect_uri=BYE)
        assert answer.headers["location"] == BYE
        assert "You are signed out" in (await stranger.get("/logout")).text


async def test_a_logout_that_another_browser_was_asked_is_refused(leaver: World) -> None:
    """THREATS 46"""
    page = await ask(leaver, client_id="leaver", post_logout_redirect_uri=BYE)
    async with leaver.new_browser() as other:
        await leaver.sign_in(other)
        assert is_error_page(await press(other, page))
        assert await is_signed_in(other)


async def test_after_signing_out_an_open_flow_asks_to_sign_in(leaver: World) -> None:
    """THREATS 46"""
    asked = await leaver.ask(code_challenge="x" * 43, code_challenge_method="S256")
    assert step_of(asked) == "/consent"
    shown = await leaver.browser.get(asked.headers["location"])
    await press(leaver.browser, await ask(leaver))
    late = await leaver.browser.post("/consent", data={**hidden(shown), "decision": "approve"})
    assert step_of(late) == "/login"
