"""The way out of a forgotten password in Chromium, without a mouse."""

import pytest
from playwright.async_api import Browser, Page, expect

from mail.box import Box, link_of
from support.looking import fit, look
from support.wire import on_the_wire

NEW = "another horse battery staple"


async def follow(page: Page, name: str) -> None:
    """Go on by Tab to a link, see that it shows where one is, and follow it."""
    link = page.get_by_role("link", name=name)
    for _ in range(20):
        await page.keyboard.press("Tab")
        if await link.evaluate("link => link.matches(':focus-visible')"):
            break
    await expect(link).to_be_focused()
    await expect(link).to_have_css("outline-style", "solid")
    await page.keyboard.press("Enter")


async def answer(page: Page, label: str, text: str) -> None:
    """Type into the field that has the focus already, and send."""
    await expect(page.get_by_label(label, exact=True)).to_be_focused()
    await page.keyboard.type(text)
    await page.keyboard.press("Enter")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_a_forgotten_password_is_replaced_by_keyboard(
    chromium: Browser, sqlite_database: str, box: Box, scripts: bool
) -> None:
    """WCAG 2.1.1, 2.4.7; THREATS 43: nothing the policy had to stop"""
    async with on_the_wire(sqlite_database, mail_url=f"file:{box.folder}") as (world, address):
        context = await chromium.new_context(java_script_enabled=scripts)
        trouble: list[str] = []
        page = await context.new_page()
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda said: trouble.append(f"{said.text} {said.location}"))
        await page.goto(f"{address}/login")
        await expect(page.get_by_label("Username or e-mail")).to_be_focused()
        await follow(page, "Forgot your password?")
        await page.wait_for_url(f"{address}/login/forgot")
        await answer(page, "Username or e-mail", "jane")
        await expect(page.get_by_role("heading", level=1)).to_contain_text("mail")
        await world.work()
        await page.goto(link_of(box.only()))
        await answer(page, "New password", "jane")
        await expect(page.get_by_role("alert")).to_be_visible()
        if scripts:
            await look(page)
            await fit(page)
        await answer(page, "New password", NEW)
        await page.wait_for_url(f"{address}/account")
        await context.close()
    assert [one for one in trouble if "status of 400" not in one] == []
