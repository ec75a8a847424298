"""Whole ways of a person through Chromium, with scripts and without."""

from urllib.parse import urlsplit

import pytest
from playwright.async_api import BrowserContext, Page, expect

from journeys.application import Application
from journeys.conftest import PLACES
from support.person import PASSWORD, parameters
from support.server import Server


@pytest.fixture(params=["postgresql"])
def server(request: pytest.FixtureRequest) -> Server:
    """Two processes, where nothing may be kept in one of them."""
    found: Server = request.getfixturevalue(PLACES[request.param])
    return found


async def sign_in(page: Page, username: str, password: str = PASSWORD) -> None:
    """Fill in the form and send it."""
    await page.fill("#username", username)
    await page.fill("#password", password)
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def press(page: Page, name: str) -> None:
    """Press a button of that name."""
    await page.get_by_role("button", name=name, exact=True).click()


async def arrived(page: Page, address: str) -> dict[str, str]:
    """Wait until the tab is at the address; the parameters it came with."""
    await page.wait_for_url(lambda url: url.partition("?")[0] == address)
    return parameters(page.url)


@pytest.mark.parametrize("server", list(PLACES), indirect=True)
async def test_a_person_signs_in_and_allows(
    server: Server, application: Application, page: Page
) -> None:
    await page.goto(application.sends_to(server.issuer(), prompt="consent"))
    await sign_in(page, "jane")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Photo shop")
    await expect(page.get_by_text("See your photos")).to_be_visible()
    await press(page, "Allow")
    answer = await arrived(page, application.callback)
    assert (answer["state"], answer["iss"]) == ("a-state", server.issuer())
    bought = await application.redeem(server.issuer())
    assert set(bought["scope"].split()) == {"openid", "profile", "photos.read"}


async def test_a_person_denies(server: Server, application: Application, page: Page) -> None:
    await page.goto(application.sends_to(server.issuer(), prompt="consent"))
    await sign_in(page, "jane")
    await press(page, "Deny")
    answer = await arrived(page, application.callback)
    assert (answer["error"], answer["state"]) == ("access_denied", "a-state")
    assert "code" not in answer


async def test_a_wrong_password_is_said_and_can_be_put_right(
    server: Server, application: Application, page: Page
) -> None:
    await page.goto(application.sends_to(server.issuer(), prompt="consent"))
    await sign_in(page, "jane", "not her password")
    await expect(page.get_by_role("alert")).to_contain_text("wrong")
    assert await page.input_value("#username") == "jane"
    await sign_in(page, "jane")
    await press(page, "Allow")
    assert "code" in await arrived(page, application.callback)


async def test_what_was_allowed_is_not_asked_again(
    server: Server, application: Application, page: Page
) -> None:
    await page.goto(application.sends_to(server.issuer(), prompt="consent"))
    await sign_in(page, "max")
    await press(page, "Allow")
    await arrived(page, application.callback)
    await page.goto(application.sends_to(server.issuer(), state="again"))
    assert (await arrived(page, application.callback))["state"] == "again"
    await page.goto(application.sends_to(server.issuer(), scope="openid", state="less"))
    assert (await arrived(page, application.callback))["state"] == "less"


async def test_the_account_can_be_switched_at_consent(
    server: Server, application: Application, page: Page
) -> None:
    await page.goto(application.sends_to(server.issuer(), prompt="consent"))
    await sign_in(page, "jane")
    await press(page, "Switch account")
    await sign_in(page, "max")
    await expect(page.locator("main")).to_contain_text("Max Doe")
    await press(page, "Allow")
    await arrived(page, application.callback)
    await page.goto(f"{server.issuer()}/account")
    await expect(page.locator("main")).to_contain_text("max@example.com")


async def test_the_account_can_be_chosen(
    server: Server, application: Application, page: Page
) -> None:
    """OIDC Core §3.1.2.1, `prompt=select_account`"""
    await page.goto(f"{server.issuer()}/login")
    await sign_in(page, "jane")
    await page.wait_for_url(f"{server.issuer()}/account")
    asked = application.sends_to(server.issuer(), prompt="select_account consent")
    await page.goto(asked)
    await page.get_by_role("button", name="Continue as Jane Doe").click()
    await press(page, "Allow")
    await arrived(page, application.callback)
    await page.goto(asked)
    await page.get_by_role("button", name="Use another account").click()
    await sign_in(page, "max")
    await expect(page.locator("main")).to_contain_text("Max Doe")
    await press(page, "Deny")
    assert (await arrived(page, application.callback))["error"] == "access_denied"


async def test_several_tabs_do_not_kill_each_other(
    server: Server, application: Application, window: BrowserContext
) -> None:
    tabs = [await window.new_page() for _ in range(3)]
    for number, tab in enumerate(tabs):
        url = application.sends_to(server.issuer(), state=f"tab {number}", prompt="consent")
        await tab.goto(url)
    for tab in tabs:
        await sign_in(tab, "jane")
        await expect(tab.get_by_role("button", name="Allow")).to_be_visible()
    for number, tab in enumerate(tabs):
        await press(tab, "Allow")
        assert (await arrived(tab, application.callback))["state"] == f"tab {number}"


async def test_a_form_post_arrives_by_post(
    server: Server, application: Application, page: Page, scripts: bool
) -> None:
    """OAuth 2.0 Form Post Response Mode §2"""
    url = application.sends_to(server.issuer(), response_mode="form_post", prompt="consent")
    await page.goto(url)
    await sign_in(page, "jane")
    await press(page, "Allow")
    if not scripts:
        await press(page, "Continue")
    assert await arrived(page, application.callback) == {}
    assert application.received[-1]["state"] == "a-state"
    assert "id_token" in await application.redeem(server.issuer())


async def test_an_application_may_send_people_on_to_another_origin(
    server: Server, application: Application, page: Page
) -> None:
    """After consent, after a sign-in with nothing left to ask, and after a sign-out."""
    there = f"{application.elsewhere}/home"
    await page.goto(
        application.sends_to(server.issuer(), redirect_uri=application.moving, prompt="consent")
    )
    await sign_in(page, "eve")
    await press(page, "Allow")
    await arrived(page, there)
    bought = await application.redeem(server.issuer(), application.moving)
    again = application.sends_to(
        server.issuer(), redirect_uri=application.moving, prompt="login", state="again"
    )
    await page.goto(again)
    await sign_in(page, "eve")
    await arrived(page, there)
    assert application.received[-1]["state"] == "again"
    await page.goto(
        f"{server.issuer()}/oauth2/logout?id_token_hint={bought['id_token']}"
        f"&post_logout_redirect_uri={application.moving}"
    )
    await press(page, "Sign out")
    await arrived(page, there)


async def test_a_person_signs_out_and_returns(
    server: Server, application: Application, page: Page
) -> None:
    """OIDC RP-Initiated Logout §2, §3"""
    await page.goto(application.sends_to(server.issuer(), prompt="consent"))
    await sign_in(page, "jane")
    await press(page, "Allow")
    await arrived(page, application.callback)
    hint = (await application.redeem(server.issuer()))["id_token"]
    leave = (
        f"{server.issuer()}/oauth2/logout?id_token_hint={hint}&state=left"
        f"&post_logout_redirect_uri={application.bye}"
    )
    await page.goto(leave)
    await press(page, "Stay signed in")
    await page.wait_for_url(f"{server.issuer()}/account")
    await page.goto(leave)
    await press(page, "Sign out")
    assert await arrived(page, application.bye) == {"state": "left"}
    await page.goto(f"{server.issuer()}/account")
    assert urlsplit(page.url).path == "/login"


async def test_a_person_signs_out_of_the_account(server: Server, page: Page) -> None:
    await page.goto(f"{server.issuer()}/login")
    await sign_in(page, "jane")
    await page.wait_for_url(f"{server.issuer()}/account")
    await page.get_by_role("link", name="Sign out").click()
    await press(page, "Sign out")
    await expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")


async def test_a_person_withdraws_what_was_allowed(
    server: Server, application: Application, page: Page
) -> None:
    await page.goto(application.sends_to(server.issuer(), prompt="consent"))
    await sign_in(page, "ann")
    await press(page, "Allow")
    await arrived(page, application.callback)
    await page.goto(f"{server.issuer()}/account")
    await page.get_by_role("link", name="Photo shop").click()
    await page.get_by_role("link", name="Withdraw access").click()
    await press(page, "Withdraw access")
    await expect(page.get_by_text("No connected apps")).to_be_visible()
    await page.goto(application.sends_to(server.issuer()))
    await expect(page.get_by_role("button", name="Allow")).to_be_visible()


async def test_an_unregistered_address_is_never_gone_to(
    server: Server, application: Application, page: Page
) -> None:
    """RFC 6749 §4.1.2.1"""
    url = application.sends_to(server.issuer(), redirect_uri=f"{application.elsewhere}/home")
    await page.goto(url)
    await expect(page.get_by_role("alert")).to_be_visible()
    assert page.url == url
