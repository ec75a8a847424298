"""The pages a person really meets, looked at by axe (WCAG 2.2 AA, as far as it can tell)."""

from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from journeys.application import Application
from journeys.conftest import complaints_into
from support.person import PASSWORD
from support.server import Server


async def look(page: Page) -> None:
    """Nothing to complain about on this page."""
    found = await Axe().run(page)
    assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"


async def click(page: Page, name: str) -> None:
    """Press it, and wait for what comes."""
    async with page.expect_navigation():
        await page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_of_the_way_is_accessible(
    on_sqlite: Server,
    application: Application,
    chromium: Browser,
    scheme: Literal["light", "dark"],
) -> None:
    context = await chromium.new_context(color_scheme=scheme)
    trouble: list[str] = []
    context.on("page", complaints_into(trouble))
    page = await context.new_page()
    issuer = on_sqlite.issuer()
    await page.goto(application.sends_to(issuer, redirect_uri="https://evil.example/"))
    await look(page)
    await page.goto(application.sends_to(issuer, prompt="consent"))
    await look(page)
    await page.fill("#username", "ida")
    await page.fill("#password", "not the password")
    await click(page, "Sign in")
    await look(page)
    await page.fill("#password", PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("button", name="Allow").wait_for()
    await look(page)
    await page.get_by_role("button", name="Allow").click()
    await page.wait_for_url(f"{application.callback}?*")
    await page.goto(f"{issuer}/account")
    await look(page)
    await page.goto(f"{issuer}/logout")
    await look(page)
    await click(page, "Sign out")
    await look(page)
    await context.close()
    assert trouble == []
