"""The pages a person really meets, looked at by axe (WCAG 2.2 AA, as far as it can tell)."""

from playwright.async_api import Browser, Page

from journeys.application import Application
from journeys.conftest import complaints_into
from support.looking import look
from support.person import PASSWORD
from support.server import Server


async def click(page: Page, name: str) -> None:
    """Press it, and wait for what comes."""
    async with page.expect_navigation():
        await page.get_by_role("button", name=name, exact=True).click()


async def test_every_page_of_the_way_is_accessible(
    on_sqlite: Server, application: Application, chromium: Browser
) -> None:
    context = await chromium.new_context()
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
