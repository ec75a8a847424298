"""The account in Chromium: journeys with and without scripts, by keyboard, in both themes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from account.furnished import LINUX, add_login, jane_of
from support.looking import look, visit
from support.world import PASSWORD, World

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
PAGES = (
    "/account", "/account/profile", "/account/password", "/account/apps", "/account/apps/viewer",
    "/account/apps/frames", "/account/apps/console", "/account/apps/viewer/withdraw",
    "/account/apps/viewer/withdraw?scope=photos.print", "/account/sessions",
    "/account/sessions/end-others", "/account/activity",
    "/account/data", "/account/delete", "/account?done=saved",
)  # fmt: skip
MOST_BYTES, MOST_SCRIPT = 100_000, 60_000
Site = tuple[World, str]


@asynccontextmanager
async def opened(
    chromium: Browser, site: Site, *, scripts: bool = True, expected: str = "", **options: Any
) -> AsyncIterator[Page]:
    """A page of somebody signed in, whose browser must have nothing to complain about.

    expected: a part of what it says when a page answers with an error on purpose.
    """
    context = await chromium.new_context(java_script_enabled=scripts, **options)
    trouble: list[str] = []
    page = await context.new_page()
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda said: trouble.append(f"{said.text} {said.location}"))
    world, address = site
    cookie, jane = token_urlsafe(16), await jane_of(world)
    digest = sha256(cookie.encode()).hexdigest()
    await add_login(world, jane, LINUX, world.clock(), "127.0.0.1", login_id=digest)
    await context.add_cookies([{"name": "consentry_login", "value": cookie, "url": address}])
    await page.goto(f"{address}/account")
    yield page
    await context.close()
    assert [one for one in trouble if not expected or expected not in one] == []


async def test_every_page_is_accessible_whole_and_small(
    chromium: Browser, still_site: Site
) -> None:
    """WCAG 2.2 AA, as far as axe can tell; THREATS 43: nothing the policy had to stop"""
    _, address = still_site
    async with opened(chromium, still_site, reduced_motion="reduce") as page:
        for path in PAGES:
            await visit(page, address + path)


async def test_all_scripts_together_are_small(chromium: Browser, still_site: Site) -> None:
    world, address = still_site
    async with opened(chromium, still_site) as page, world.new_browser() as client:
        await page.goto(f"{address}/account")
        scripts = await page.locator("script").all()
        sources = [str(await script.get_attribute("src")) for script in scripts]
        assert len(sources) == 4
        assert sum([len((await client.get(one)).content) for one in sources]) <= MOST_SCRIPT


@SCRIPTS
async def test_a_person_withdraws_a_scope_and_then_the_app(
    chromium: Browser, site: Site, scripts: bool
) -> None:
    """PAGES: the token narrows; asked in a dialog, or on a page where there are no scripts."""
    world, _ = site
    store, jane = world.store(), await jane_of(world)
    async with opened(chromium, site, scripts=scripts) as page:
        await page.get_by_role("link", name="Photo Viewer").click()
        await page.get_by_role("link", name="Withdraw Print your photos").click()
        box = page.locator("#dialog" if scripts else "main")
        await expect(box.get_by_text("Narrows 2 live authorizations")).to_be_visible()
        await box.get_by_role("button", name="Withdraw permission").click()
        await expect(page.get_by_role("status")).to_contain_text("is withdrawn")
        await expect(page.locator("main")).not_to_contain_text("photos.print")
        rows = await store.authorizations.of_user(jane.user_id, world.clock())
        assert {row.scope for row in rows if row.client_id == "viewer"} == {
            "openid profile photos.read"
        }
        await page.get_by_role("link", name="Withdraw access").click()
        await box.get_by_role("button", name="Withdraw access").click()
        await expect(page.locator("#withdrawn ~ *, .card").last).to_contain_text("Photo Viewer")
        rows = await store.authorizations.of_user(jane.user_id, world.clock())
        assert "viewer" not in {row.client_id for row in rows}


@SCRIPTS
async def test_a_person_ends_sessions(chromium: Browser, site: Site, scripts: bool) -> None:
    async with opened(chromium, site, scripts=scripts) as page:
        await page.get_by_role("link", name="All sessions").click()
        rows = page.locator("tbody tr")
        await expect(rows).to_have_count(4)
        box = page.locator("#dialog" if scripts else "main")
        await page.get_by_role("link", name="End Safari on iPhone").click()
        await box.get_by_role("button", name="End session").click()
        await expect(rows).to_have_count(3)
        await page.get_by_role("link", name="End all others").click()
        await expect(box.get_by_role("heading")).to_have_text("End 2 other sessions?")
        await box.get_by_role("button", name="End all others").click()
        await expect(rows).to_have_count(1)
        await expect(rows).to_contain_text("This one")


@SCRIPTS
async def test_a_person_changes_profile_and_password(
    chromium: Browser, site: Site, scripts: bool
) -> None:
    async with opened(chromium, site, scripts=scripts, expected="status of 400") as page:
        await page.get_by_role("link", name="Profile", exact=True).click()
        await page.get_by_label("Full name").fill("Jane Q. Doe")
        await page.get_by_label("Date of birth").fill("yesterday")
        await page.get_by_role("button", name="Save profile").click()
        await expect(page.get_by_role("alert")).to_contain_text("must be a date")
        await page.get_by_label("Date of birth").fill("1990-02-03")
        await page.get_by_role("button", name="Save profile").click()
        await expect(page.get_by_role("status")).to_contain_text("saved")
        await expect(page.locator(".rail__who")).to_contain_text("Jane Q. Doe")
        await page.get_by_role("link", name="Password", exact=True).click()
        for old, new in (("wrong", "a much better one"), (PASSWORD, "a much better one")):
            await page.get_by_label("Current password").fill(old)
            await page.get_by_label("New password").fill(new)
            await page.get_by_role("button", name="Change password").click()
            if old == "wrong":
                await expect(page.get_by_role("alert")).to_contain_text("not your current")
        await expect(page.get_by_role("status")).to_contain_text("changed")


@SCRIPTS
async def test_a_person_takes_their_data_and_leaves(
    chromium: Browser, site: Site, scripts: bool
) -> None:
    _, address = site
    async with opened(chromium, site, scripts=scripts) as page:
        await page.get_by_role("link", name="Your data").click()
        async with page.expect_download() as file:
            await page.get_by_role("link", name="Download").click()
        assert (await file.value).suggested_filename == "photos-account.json"
        await page.get_by_role("link", name="Delete account").click()
        await expect(page.get_by_text("4 sessions end")).to_be_visible()
        await page.get_by_label("Your password").fill(PASSWORD)
        await page.get_by_role("button", name="Delete account").click()
        await expect(page.get_by_role("heading")).to_have_text("Your account is deleted")
        await page.goto(f"{address}/account")
        assert page.url == f"{address}/login"


async def test_a_dialog_is_left_as_it_was_entered(chromium: Browser, still_site: Site) -> None:
    """Escape, Cancel and a click beside it close it; the focus is where it was."""
    _, address = still_site
    async with opened(chromium, still_site) as page:
        await page.goto(f"{address}/account/apps/viewer")
        link = page.get_by_role("link", name="Withdraw access")
        dialog = page.locator("#dialog")
        for leave in ("Escape", "Cancel", "beside"):
            await link.click()
            await expect(dialog).to_be_visible()
            await look(page)
            assert page.url == f"{address}/account/apps/viewer"
            if leave == "Escape":
                await page.keyboard.press("Escape")
            elif leave == "Cancel":
                await dialog.get_by_role("link", name="Cancel").click()
            else:
                await page.mouse.click(5, 5)
            await expect(dialog).to_be_hidden()
            await expect(link).to_be_focused()


async def test_a_question_to_nobody_leads_to_the_sign_in(chromium: Browser, site: Site) -> None:
    """The session ended meanwhile: no empty dialog, but the page one would have met."""
    world, address = site
    jane = await jane_of(world)
    async with opened(chromium, site) as page:
        await page.goto(f"{address}/account/apps/viewer")
        await world.store().logins.end_others(jane.user_id, "", world.clock())
        await page.get_by_role("link", name="Withdraw access").click()
        await page.wait_for_url(f"{address}/login")


@SCRIPTS
async def test_the_list_of_apps_is_searched_and_sorted(
    chromium: Browser, site: Site, scripts: bool
) -> None:
    """As one types where there are scripts, `/` leads there; by the same form without."""
    world, address = site
    jane, now = await jane_of(world), world.clock()
    for number in range(25):
        client_id = f"app{number}"
        await world.add_client(client_id, secret=None, client_name=f"Tool {number:02}")
        await world.store().consents.grant(jane.user_id, client_id, "", "photos.read", now)
    async with opened(chromium, site, scripts=scripts) as page:
        await page.goto(f"{address}/account/apps")
        if scripts:
            await page.evaluate("window.stays = true")
            await page.keyboard.press("/")
            await page.keyboard.type("tool 1")
        else:
            await page.get_by_label("Search apps").fill("tool 1")
            await page.get_by_label("Search apps").press("Enter")
        rows = page.locator("tbody tr")
        await expect(rows).to_have_count(10)
        await page.wait_for_url("**/account/apps?q=tool+1")
        for order, first in (("ascending", "Tool 10"), ("descending", "Tool 19")):
            await page.get_by_role("link", name="App", exact=True).click()
            await expect(page.get_by_role("columnheader", name="App")).to_have_attribute(
                "aria-sort", order
            )
            await expect(rows.first).to_contain_text(first)
        await page.goto(f"{address}/account/apps?sort=name")
        await page.get_by_role("link", name="Next").click()
        await expect(rows).to_have_count(9)
        await page.get_by_role("link", name="Previous").click()
        await expect(rows).to_have_count(20)
        if scripts:
            await page.go_back()
            await expect(rows).to_have_count(9)


@SCRIPTS
async def test_the_colours_are_chosen(chromium: Browser, still_site: Site, scripts: bool) -> None:
    _, address = still_site
    async with opened(chromium, still_site, scripts=scripts, color_scheme="light") as page:
        await page.goto(f"{address}/account/apps")
        for name, theme in (("Dark", "dark"), ("Light", "light"), ("Auto", None)):
            async with page.expect_response("**/theme"):
                await page.get_by_role("button", name=name, exact=True).click()
            html = page.locator("html")
            if theme is None:
                await expect(html).not_to_have_attribute("data-theme", "light")
            else:
                await expect(html).to_have_attribute("data-theme", theme)
            pressed = page.get_by_role("button", name=name, exact=True, pressed=True)
            await expect(pressed).to_be_visible()
            assert page.url == f"{address}/account/apps"
            await page.reload()
            assert await html.get_attribute("data-theme") == theme


async def test_the_keyboard_alone_withdraws_an_app(chromium: Browser, site: Site) -> None:
    async with opened(chromium, site) as page:

        async def walk_to(name: str) -> None:
            for _ in range(40):
                await page.keyboard.press("Tab")
                words = await page.evaluate("document.activeElement.textContent.trim()")
                if words == name:
                    return
            raise AssertionError(f"Tab never comes to {name}")

        await walk_to("Connected apps")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/account/apps")
        await walk_to("Team calendar")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/account/apps/calendar")
        await walk_to("Withdraw access")
        await page.keyboard.press("Enter")
        await expect(page.locator("#dialog")).to_be_visible()
        await walk_to("Withdraw access")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("lost its access")


@SCRIPTS
async def test_a_small_window_has_the_rail_behind_a_button(
    chromium: Browser, still_site: Site, scripts: bool
) -> None:
    small = {"width": 360, "height": 740}
    async with opened(chromium, still_site, scripts=scripts, viewport=small) as page:
        sessions = page.get_by_role("link", name="Sessions", exact=True)
        await expect(sessions).to_be_hidden()
        await page.get_by_role("button", name="Menu", exact=True).click()
        await expect(sessions).to_be_visible()
        if scripts:
            await look(page)
        await page.keyboard.press("Escape")
        await expect(sessions).to_be_hidden()
        await page.get_by_role("button", name="Menu", exact=True).click()
        await sessions.click()
        await page.wait_for_url("**/account/sessions")


async def test_markup_without_the_nonce_is_inert(chromium: Browser, still_site: Site) -> None:
    """THREATS 44: what gets into a page does nothing, not even by htmx."""
    async with opened(chromium, still_site, expected="hx-csp] blocked") as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.evaluate(
            """() => {
                const bad = document.createElement("button");
                bad.setAttribute("hx-get", "/account/delete");
                bad.setAttribute("hx-trigger", "load");
                document.querySelector("main").append(bad);
                htmx.process(bad);
                bad.click();
            }"""
        )
        assert (
            await page.evaluate("document.querySelector('main > button').hasAttribute('hx-get')")
            is False
        )
        assert not [url for url in asked if "/account/delete" in url]


async def test_times_are_the_readers(chromium: Browser, still_site: Site) -> None:
    _, address = still_site
    async with opened(chromium, still_site, timezone_id="Pacific/Auckland") as page:
        await page.goto(f"{address}/account/sessions")
        time = page.locator("tbody time").first
        shown, said = await time.inner_text(), await time.get_attribute("datetime")
        wanted = await page.evaluate(
            "at => new Date(at).toLocaleString('en', {dateStyle: 'medium', timeStyle: 'short'})",
            said,
        )
        assert shown == wanted
        assert "GMT+1" in str(await time.get_attribute("title"))


async def test_what_was_done_is_said_once(chromium: Browser, still_site: Site) -> None:
    _, address = still_site
    async with opened(chromium, still_site) as page:
        await page.goto(f"{address}/account/profile?done=saved")
        await expect(page.get_by_role("status")).to_be_visible()
        assert page.url == f"{address}/account/profile"
        await page.reload()
        await expect(page.get_by_role("status")).to_have_count(0)
