"""The console in Chromium: journeys with and without scripts, by keyboard, in both themes."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect
from starlette.types import ASGIApp

from consentry.operations.console import create_with_administrator
from consentry.operations.operators import add_operator
from consentry.tenancy.operators import open_operators
from operator_console.background import died, ran, seen
from operator_console.desk import PASSWORD
from support.looking import look, visit
from support.wire import served
from support.world import World, running_world

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
HOSTILE = "\"'></title><script>window.hit=1</script><img src=x onerror=window.hit=1>" + "w" * 90
PAGES = (
    "/", "/admin/tenants?done=dismissed", "/admin/tenants?q=nothing", "/admin/tenants/hostile",
    "/admin/tenants/hostile/suspend", "/admin/tenants/hostile/enable",
    "/admin/tenants/hostile/delete", "/admin/tenants/hostile/restore",
    "/admin/tenants/hostile/administrator",
    "/admin/new-tenant?slug=api", "/admin/new-tenant?slug=free", "/admin/operators",
    "/admin/new-operator", "/admin/operators/{id}/disable", "/admin/operators/{id}/enable",
    "/admin/operators/{id}/reset", "/admin/audit?tenant=hostile", "/admin/audit?tenant=nobody",
    "/admin/health", "/admin/jobs", "/account/password", "/account/sessions", "/logout",
)  # fmt: skip
MOST_BYTES = 100_000
WIDE, NARROW = ViewportSize(width=1280, height=800), ViewportSize(width=360, height=740)
Site = tuple[World, str]


@asynccontextmanager
async def on_the_wire(path: Path) -> AsyncIterator[Site]:
    """A world with an operator, and the address of its base host."""
    late: dict[str, ASGIApp] = {}

    async def application(scope: object, receive: object, send: object) -> None:
        await late["app"](scope, receive, send)  # type: ignore[arg-type]

    async with served(application) as port:
        address = f"http://localhost:{port}"
        options = {"base_url": address, "operator_password": PASSWORD}
        async with running_world(f"sqlite:///{path}", **options) as made:
            late["app"] = made.app
            yield made, address


@pytest.fixture
async def site(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Site]:
    """A console of the test's own on the wire."""
    path = tmp_path / "consentry.db"
    shutil.copy(sqlite_template, path)
    async with on_the_wire(path) as made:
        yield made


@pytest.fixture(scope="module")
async def still_site(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """One with hostile names for tests that leave it as it is."""
    path = tmp_path_factory.mktemp("console") / "consentry.db"
    shutil.copy(sqlite_template, path)
    async with on_the_wire(path) as (world, address):
        ctx = await open_operators(world.deployment)
        await create_with_administrator(ctx, "hostile", HOSTILE, HOSTILE, "ann@example.com")
        await add_operator(ctx, HOSTILE)
        await furnish(world)
        yield world, address


async def furnish(world: World) -> None:
    """Something of everything in the background, told by others."""
    await died(world, HOSTILE, 2)
    late = {"rows": 1, "oldest_expired_s": 9_000.0, "problem": HOSTILE}
    await ran(world, error=HOSTILE, detail={"login": late})
    await seen(world, "worker", version="0.0.9")


@asynccontextmanager
async def opened(
    chromium: Browser, address: str, *, scripts: bool = True, expected: str = "", **options: Any
) -> AsyncIterator[Page]:
    """A page of an operator who has signed in, whose browser must have nothing to complain about.

    expected: a part of what it says when a page answers with an error on purpose.
    """
    context = await chromium.new_context(java_script_enabled=scripts, **options)
    trouble: list[str] = []
    page = await context.new_page()
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda said: trouble.append(f"{said.text} {said.location}"))
    await page.goto(f"{address}/login")
    await sign_in(page, "operator", PASSWORD)
    await page.wait_for_url(f"{address}/admin/tenants")
    yield page
    await context.close()
    assert [one for one in trouble if not expected or expected not in one] == []


async def sign_in(page: Page, username: str, password: str) -> None:
    """Fill in the form and send it."""
    await page.fill("#username", username)
    await page.fill("#password", password)
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def test_every_page_is_accessible_whole_and_small(
    chromium: Browser, still_site: Site
) -> None:
    """WCAG 2.2 AA, as far as axe can tell; THREATS 42, 43: hostile names are only text"""
    world, address = still_site
    ctx = await open_operators(world.deployment)
    other = await ctx.store.users.by_identifier(HOSTILE)
    assert other is not None
    async with opened(chromium, address, viewport=WIDE, reduced_motion="reduce") as page:
        for path in PAGES:
            await visit(page, address + path.format(id=other.user_id))


@SCRIPTS
async def test_an_operator_creates_a_tenant_and_its_first_administrator_signs_in(
    chromium: Browser, site: Site, scripts: bool
) -> None:
    """ISSUE: the journey of the operator."""
    _, address = site
    async with opened(chromium, address, scripts=scripts, expected="status of 400") as page:
        await page.get_by_role("link", name="New tenant").click()
        said = page.locator("#slug-said")
        if scripts:
            await page.locator("#slug").press_sequentially("photos")
            await expect(said).to_contain_text("there is a tenant photos already")
            await page.fill("#slug", "acme")
            await expect(said).to_contain_text("is free")
        await page.fill("#slug", "acme")
        await page.fill("#name", "Acme")
        await page.fill("#username", " ")
        await page.fill("#email", "ann@example.com")
        await page.get_by_role("button", name="Create tenant").click()
        await expect(page.get_by_role("alert")).to_contain_text("must be printable")
        await page.fill("#username", "ann")
        await page.get_by_role("button", name="Create tenant").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Acme is there")
        if scripts:
            await look(page)
        password = await page.locator("#password").inner_text()
        where = await page.locator("dd code").first.inner_text()
        assert where == address.replace("//", "//acme.") + "/login"
        await page.get_by_role("link", name="Done").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Acme")
        await page.goto(where)
        await sign_in(page, "ann", password)
        await page.wait_for_url(where.replace("/login", "/account"))
        await expect(page.locator(".rail__who")).to_contain_text("ann")


@SCRIPTS
async def test_an_operator_finds_suspends_and_deletes_a_tenant(
    chromium: Browser, site: Site, scripts: bool
) -> None:
    """PAGES: asked in a dialog that names what ends, or on a page where there are no scripts."""
    _, address = site
    async with opened(chromium, address, scripts=scripts, expected="status of 400") as page:
        box = page.locator("#dialog" if scripts else "main")
        await page.keyboard.press("/")
        await page.locator("#tenants-q").fill("pho")
        if not scripts:
            await page.locator("#tenants-q").press("Enter")
        await page.wait_for_url(f"{address}/admin/tenants?q=pho")
        await page.get_by_role("link", name="Photos").click()
        await page.get_by_role("link", name="Suspend Photos").click()
        await expect(box).to_contain_text("nobody of 1 user can sign in")
        await box.get_by_role("button", name="Suspend").click()
        await expect(page.get_by_role("status")).to_contain_text("is suspended")
        await page.get_by_role("link", name="Delete Photos").click()
        await expect(box).to_contain_text("1 user and 1 client")
        await box.locator("#slug").fill("fotos")
        await box.get_by_role("button", name="Delete").click()
        await expect(page.get_by_role("alert")).to_contain_text("Type photos")
        await page.locator("#slug").fill("photos")
        await page.get_by_role("button", name="Delete").click()
        await expect(page.get_by_role("status")).to_contain_text("is removed when its time")
        await expect(page.get_by_text("Leaves on")).to_be_visible()


async def test_a_tenant_is_made_by_keyboard_alone(chromium: Browser, site: Site) -> None:
    _, address = site
    async with opened(chromium, address) as page:
        await page.goto(f"{address}/admin/new-tenant")
        await page.locator("#slug").focus()
        for text in ("acme", "Acme", "ann", "ann@example.com"):
            await page.keyboard.type(text)
            await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Acme is there")


async def test_the_manifest_is_a_file(chromium: Browser, still_site: Site) -> None:
    _, address = still_site
    async with opened(chromium, address) as page:
        await page.goto(f"{address}/admin/tenants/photos")
        async with page.expect_download() as file:
            await page.get_by_role("link", name="Export manifest").click()
        assert (await file.value).suggested_filename == "photos.yaml"


async def test_a_theme_that_was_chosen_is_kept(chromium: Browser, still_site: Site) -> None:
    _, address = still_site
    async with opened(chromium, address, scripts=False, color_scheme="light") as page:
        await page.get_by_role("button", name="Dark").click()
        await page.wait_for_url(f"{address}/admin/tenants")
        assert await page.locator("html").get_attribute("data-theme") == "dark"


@SCRIPTS
async def test_an_operator_pauses_a_job_and_tries_again_what_failed(
    chromium: Browser, site: Site, scripts: bool
) -> None:
    world, address = site
    await died(world, "503", 2)
    async with opened(chromium, address, scripts=scripts) as page:
        await page.get_by_role("link", name="Jobs").click()
        await page.get_by_role("button", name="Pause keys").click()
        await expect(page.get_by_role("status")).to_contain_text("until it is resumed")
        await page.get_by_role("button", name="Resume keys").click()
        await page.get_by_role("button", name="Run now keys").click()
        await expect(page.get_by_role("status")).to_contain_text("within a second or so")
        await page.get_by_role("button", name="Try again").first.click()
        await expect(page.get_by_role("button", name="Try again")).to_have_count(1)
        await page.get_by_role("button", name="Try all of these again").click()
        await expect(page.get_by_text("Nothing was tried in vain")).to_be_visible()


async def test_the_page_of_jobs_looks_again_and_leaves_the_focus_where_it_is(
    chromium: Browser, site: Site
) -> None:
    """WCAG 2.2 SC 2.2.2: and it can be stopped."""
    world, address = site
    async with opened(chromium, address) as page:
        await page.clock.install()
        await page.goto(f"{address}/admin/jobs")
        await page.locator("#pause-sweep").focus()
        for rows in (4_321, 5_432):
            await ran(world, rows=rows)
            await page.clock.fast_forward(5_100)
            await expect(page.locator("#background")).to_contain_text(f"{rows:,}")
        assert await page.evaluate("document.activeElement.id") == "pause-sweep"
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="Resume sweep")).to_be_visible()
        await page.get_by_role("link", name="Stop refreshing").click()
        await expect(page.locator("[hx-trigger^=every]")).to_have_count(0)
