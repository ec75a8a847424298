"""The portal in Chromium: journeys with and without scripts, by keyboard, in both themes."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest
from httpx import ASGITransport, AsyncClient
from playwright.async_api import Browser, Page, expect

from consentry.records.member import ClientMember
from portal.conftest import login_of
from support.looking import look, visit
from support.world import World

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
MOST_BYTES = 100_000
HOSTILE = "\"'></title><script>window.hit=1</script><img src=x onerror=window.hit=1>" + "w" * 60
Site = tuple[World, str]


@asynccontextmanager
async def opened(
    chromium: Browser, site: Site, *, scripts: bool = True, expected: str = "", **options: Any
) -> AsyncIterator[Page]:
    """A page of Dora's, whose browser must have nothing to complain about.

    expected: a part of what it says when a page answers with an error on purpose.
    """
    world, address = site
    context = await chromium.new_context(java_script_enabled=scripts, **options)
    trouble: list[str] = []
    page = await context.new_page()
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda said: trouble.append(f"{said.text} {said.location}"))
    cookie = await login_of(world, "dora")
    await context.add_cookies([{"name": "consentry_login", "value": cookie, "url": address}])
    yield page
    await context.close()
    assert [one for one in trouble if not expected or expected not in one] == []


async def register(page: Page, address: str, kind: str, name: str) -> str:
    """A new app, filled in by hand; the address its pages are below."""
    await page.goto(f"{address}/developer/new/{kind}")
    await page.get_by_label("Name", exact=True).fill(name)
    if kind != "machine":
        await page.locator("#redirect_uris").fill("https://printer.example/ready")
    await page.get_by_label("See your photos").check()
    await page.get_by_role("button", name="Register app").click()
    await expect(page.locator("main")).to_contain_text("Credentials")
    return page.url.partition("?")[0].removesuffix("/credentials")


async def refused(site: Site, href: str) -> None:
    """The app asks with an address that is not registered; what waits to be kept is kept."""
    world, address = site
    query = {
        "client_id": href.rpartition("/")[2], "response_type": "code",
        "redirect_uri": "https://printer.example/other",
    }  # fmt: skip
    async with AsyncClient(transport=ASGITransport(world.app), base_url=address) as client:
        await client.get("/oauth2/authorize", params=query)
    await world.deployment.refusals.flush(world.deployment.store)


async def test_every_page_is_accessible_whole_and_small(chromium: Browser, site: Site) -> None:
    """WCAG 2.2 AA, as far as axe can tell; THREATS 42, 43: hostile names, nothing stopped"""
    _, address = site
    async with opened(chromium, site, reduced_motion="reduce") as page:
        href = await register(page, address, "oauth1", HOSTILE)
        web = await register(page, address, "web", HOSTILE)
        await refused(site, web)
        await page.goto(f"{web}/requests")
        refusal = await page.get_by_role("link", name=re.compile("Explain")).get_attribute("href")
        await page.goto(f"{web}/credentials")
        revoke = await page.get_by_role("link", name=re.compile("Revoke")).get_attribute("href")
        parts = ["quickstart", "settings", "credentials", "try", "requests", "usage", "people",
                 "danger", "disable", "delete"]  # fmt: skip
        paths = [f"{web}/{part}" for part in parts]
        paths += [f"{href}/{part}" for part in ("quickstart", "credentials", "signature", "try")]
        paths += [f"{address}{path}" for path in (
            "/developer", "/developer/new", "/developer/new/web", "/developer/new/oauth1",
            "/developer/redirect-check?redirect_uris=http://a.example/", refusal, revoke,
        )]  # fmt: skip
        for path in paths:
            await visit(page, path)


@SCRIPTS
async def test_a_developer_registers_an_app_and_rotates_its_secret(
    chromium: Browser, site: Site, scripts: bool
) -> None:
    """PAGES: from the choice of a kind to the end of a rotation"""
    _, address = site
    expected = "" if scripts else "status of 400"
    async with opened(chromium, site, scripts=scripts, expected=expected) as page:
        await page.goto(f"{address}/developer")
        await page.get_by_role("link", name="New app").first.click()
        await page.get_by_role("link", name="Web application").click()
        await page.get_by_label("Name", exact=True).fill("Printer")
        await page.locator("#redirect_uris").fill("http://printer.example/ready")
        if not scripts:
            await page.get_by_role("button", name="Register app").click()
        await expect(page.locator("#redirect-check")).to_contain_text("must be https")
        await page.locator("#redirect_uris").fill("https://printer.example/ready")
        if scripts:
            await expect(page.locator("#redirect-check")).to_contain_text("exactly like this")
        await page.get_by_role("button", name="Register app").click()
        first = await page.locator("#new-secret").inner_text()
        await page.get_by_label("Label", exact=True).fill("new one")
        await page.get_by_role("button", name="Add secret").click()
        await expect(page.locator("tbody tr")).to_have_count(2)
        second = await page.locator("#new-secret").inner_text()
        client_id = page.url.split("/")[-2]
        for secret in (first, second):
            assert await is_known(site, client_id, secret)
        await page.get_by_role("link", name="Finish rotation").click()
        box = page.locator("#dialog" if scripts else "main")
        await expect(box.get_by_text("Ends “Secret”")).to_be_visible()
        await box.get_by_role("button", name="Finish rotation").click()
        await expect(page.get_by_role("status")).to_contain_text("only the newest")
        assert not await is_known(site, client_id, first)
        assert await is_known(site, client_id, second)


async def is_known(site: Site, client_id: str, secret: str) -> bool:
    """Whether an app proves itself by a secret, which asking about a token shows."""
    world, address = site
    async with AsyncClient(transport=ASGITransport(world.app), base_url=address) as client:
        answer = await client.post(
            "/oauth2/introspect", data={"token": "x"}, auth=(client_id, secret)
        )
    return answer.status_code == 200


@SCRIPTS
async def test_a_developer_sees_a_refusal_explained(
    chromium: Browser, site: Site, scripts: bool
) -> None:
    _, address = site
    async with opened(chromium, site, scripts=scripts) as page:
        href = await register(page, address, "web", "Refused")
        await refused(site, href)
        await page.get_by_role("link", name="Requests", exact=True).click()
        await page.get_by_role("link", name="Explain").click()
        main = page.locator("main")
        await expect(main).to_contain_text("https://printer.example/other")
        await expect(main).to_contain_text("Register the address exactly as it was sent")
        await main.get_by_role("link", name="Settings", exact=True).last.click()
        await expect(page.locator("#redirect_uris")).to_have_value("https://printer.example/ready")


@SCRIPTS
async def test_a_flow_is_tried_by_its_own_buttons(
    chromium: Browser, site: Site, scripts: bool
) -> None:
    _, address = site
    async with opened(chromium, site, scripts=scripts) as page:
        await register(page, address, "single-page", "Tried")
        await page.get_by_role("link", name="Try it").click()
        await page.get_by_role("button", name="Start").click()
        await expect(page.locator("main")).to_contain_text("asks you, as it would ask anybody")
        await page.get_by_role("button", name="Approve").click()
        await expect(page.locator("main")).to_contain_text("Nothing of this trial counts")
        if scripts:
            await look(page)
        assert page.url.startswith(address)


async def test_a_new_app_needs_no_mouse(chromium: Browser, site: Site) -> None:
    """WCAG 2.1.1"""
    _, address = site
    async with opened(chromium, site) as page:
        await page.goto(f"{address}/developer/new/machine")
        await page.get_by_label("Name", exact=True).focus()
        await page.keyboard.type("By keys")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        await expect(page.locator("#new-secret")).to_be_visible()


async def own(world: World, client_id: str) -> None:
    """Dora is an owner of the app."""
    dora = await world.store().users.by_identifier("dora")
    assert dora is not None
    member = ClientMember(
        tenant_id=dora.tenant_id, client_id=client_id, user_id=dora.user_id, role="owner",
        since=world.clock(),
    )  # fmt: skip
    await world.store().members.save(member)


async def test_a_search_finds_as_it_is_typed(chromium: Browser, site: Site) -> None:
    world, address = site
    async with opened(chromium, site) as page:
        for name in ("Zebra", "Yak", "Xerus", "Wombat", "Vole", "Urial"):
            await world.add_client(name.lower(), secret=None, client_name=name)
            await own(world, name.lower())
        await page.goto(f"{address}/developer")
        await page.keyboard.press("/")
        await page.keyboard.type("womb")
        await expect(page.locator(".app-card")).to_have_count(1)
        await expect(page.locator(".app-card")).to_contain_text("Wombat")
