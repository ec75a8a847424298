"""The administration in Chromium: journeys with and without scripts, every page in both themes."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from playwright.async_api import Browser, Page, expect

from account.furnished import add_login
from support.looking import visit
from support.world import CALLBACK, PKCE, SECRET, World, answer_of
from tenant_admin.office import ADMIN, DELIVERY, WEBHOOK

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
Site = tuple[World, str]
PAGES = (
    "/admin", "/admin/users", "/admin/new-user", "USER", "USER/edit",
    "USER/delete", "/admin/clients", "/admin/scopes", "/admin/new-scope",
    "/admin/scopes/photos.read", "/admin/apis", "/admin/new-api",
    "/admin/authorizations?user=jane", "/admin/authorizations/revoke?user=jane", "/admin/keys",
    "/admin/keys/rotate?alg=RS256", "/admin/keys/revoke?kid=KEY", "/admin/policy",
    "/admin/brand", "/admin/domains",
    "/admin/webhooks", "/admin/new-webhook", "WEBHOOK", "WEBHOOK/edit", "WEBHOOK/rotate",
    "WEBHOOK/delete", f"WEBHOOK/deliveries/{DELIVERY}", "/admin/audit", "/admin?done=policy",
    "/admin/logouts", "/developer/apps/viewer/logouts", "/admin/usage",
)  # fmt: skip


@asynccontextmanager
async def opened(
    chromium: Browser, site: Site, *, scripts: bool = True, **options: Any
) -> AsyncIterator[Page]:
    """A page of a signed-in administrator, whose browser must have nothing to complain about."""
    context = await chromium.new_context(java_script_enabled=scripts, **options)
    trouble: list[str] = []
    page = await context.new_page()
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda said: trouble.append(f"{said.text} {said.location}"))
    world, address = site
    cookie, ada = token_urlsafe(16), await world.store().users.by_identifier(ADMIN)
    assert ada is not None
    digest = sha256(cookie.encode()).hexdigest()
    await add_login(world, ada, "Firefox Linux", world.clock(), "127.0.0.1", login_id=digest)
    await context.add_cookies([{"name": "consentry_login", "value": cookie, "url": address}])
    await page.goto(f"{address}/admin")
    yield page
    await context.close()
    assert trouble == []


async def test_every_page_is_accessible_whole_and_small(
    chromium: Browser, still_site: Site
) -> None:
    """WCAG 2.2 AA, as far as axe can tell; THREATS 43: nothing the policy had to stop"""
    world, address = still_site
    jane = await world.store().users.by_identifier("jane")
    assert jane is not None
    [key, *_] = await world.store().keys.signing_keys()
    async with opened(chromium, still_site, reduced_motion="reduce") as page:
        for path in PAGES:
            path = path.replace("KEY", key.kid)
            path = path.replace("USER", f"/admin/users/{jane.user_id}")
            path = path.replace("WEBHOOK", f"/admin/webhooks/{WEBHOOK}")
            await visit(page, address + path)


def at_the_door(site: Site) -> httpx.AsyncClient:
    """Somebody else at the tenant's host, beside the wire."""
    world, address = site
    return httpx.AsyncClient(transport=httpx.ASGITransport(world.app), base_url=address)


async def bought(site: Site) -> dict[str, Any]:
    """Tokens of Jane's."""
    world, _ = site
    async with at_the_door(site) as browser:
        asked = await world.ask(browser, PKCE)
        code = answer_of(await world.follow(asked, browser))["code"]
        data = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK,
            "code_verifier": PKCE.verifier,
        }  # fmt: skip
        answer = await browser.post("/oauth2/token", data=data, auth=("printer", SECRET))
    return dict(answer.json())


async def verified(site: Site, token: str) -> str:
    """The `kid` of a token that the published keys verify."""
    async with at_the_door(site) as browser:
        keys = KeySet.import_key_set((await browser.get("/oauth2/jwks")).json())
    return str(jwt.decode(token, keys).header["kid"])


@SCRIPTS
async def test_an_administrator_rotates_a_key_while_tokens_keep_verifying(
    chromium: Browser, site: Site, scripts: bool
) -> None:
    """PAGES: no failed verification; THREATS 53"""
    before = (await bought(site))["id_token"]
    async with opened(chromium, site, scripts=scripts) as page:
        await page.get_by_role("link", name="Signing keys", exact=True).click()
        await page.get_by_role("link", name="Rotate RS256").click()
        box = page.locator("#dialog" if scripts else "main")
        await expect(box.get_by_role("heading")).to_have_text("Rotate the RS256 key?")
        await box.get_by_label("The new key signs").select_option("0")
        await box.get_by_role("button", name="Rotate").click()
        await expect(page.get_by_role("status")).to_contain_text("new key is published")
        section = page.get_by_role("region", name=re.compile("RS256"))
        await expect(section.locator(".key-row--active")).to_have_count(1)
        site[0].forget()
        after = (await bought(site))["id_token"]
        assert await verified(site, before) != await verified(site, after)


@SCRIPTS
async def test_an_administrator_tries_the_policy_before_it_hurts(
    chromium: Browser, site: Site, scripts: bool
) -> None:
    _, address = site
    async with opened(chromium, site, scripts=scripts) as page:
        await page.goto(f"{address}/admin/policy")
        await page.get_by_role("checkbox", name=re.compile("Machines that act")).uncheck()
        await page.get_by_role("button", name="What would it do?").click()
        found = page.get_by_role("region", name="What this would do")
        await expect(found).to_contain_text("It would refuse")
        await expect(found).to_contain_text("printer.example.com")
        await expect(page.get_by_role("button", name="Save policy")).to_have_count(0)
        await page.get_by_role("button", name="Save all the same").click()
        await expect(page.get_by_role("status")).to_contain_text("policy is saved")
        box = page.get_by_role("checkbox", name=re.compile("Machines that act"))
        await expect(box).not_to_be_checked()


@SCRIPTS
async def test_an_administrator_disables_a_user_and_their_token_dies(
    chromium: Browser, site: Site, scripts: bool
) -> None:
    """THREATS 16"""
    tokens = await bought(site)
    async with opened(chromium, site, scripts=scripts) as page:
        await page.get_by_role("link", name="Users", exact=True).click()
        await page.get_by_label("Username or e-mail").fill("jan")
        await page.get_by_label("Username or e-mail").press("Enter")
        await expect(page.locator("tbody tr")).to_have_count(1)
        await page.get_by_role("link", name="jane", exact=True).click()
        await page.get_by_role("link", name="Disable jane").click()
        box = page.locator("#dialog" if scripts else "main")
        await expect(box).to_contain_text("stopped at once: 4 sessions")
        await box.get_by_role("button", name="Disable").click()
        await expect(page.get_by_role("status")).to_contain_text("is disabled")
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    async with at_the_door(site) as client:
        assert (await client.get("/oauth2/userinfo", headers=bearer)).status_code == 401


@SCRIPTS
async def test_an_administrator_makes_a_user_by_keyboard(
    chromium: Browser, site: Site, scripts: bool
) -> None:
    _, address = site
    async with opened(chromium, site, scripts=scripts) as page:
        await page.goto(f"{address}/admin/new-user")
        await page.get_by_label("Username").focus()
        await page.keyboard.type("nora")
        for text in ("nora@example.com", "Nora"):
            await page.keyboard.press("Tab")
            await page.keyboard.type(text)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status").first).to_contain_text("The user is there.")
        shown = await page.locator("#password").text_content()
        assert shown is not None and len(shown) == 20
        await page.reload()
        await expect(page.locator("#password")).to_have_count(0)


async def test_a_colour_is_seen_while_it_is_chosen(chromium: Browser, site: Site) -> None:
    _, address = site
    async with opened(chromium, site) as page:
        await page.goto(f"{address}/admin/brand")
        await page.get_by_label("Accent colour").fill("#0a7d38")
        shown = page.locator("#preview .button--primary").first
        await expect(shown).to_have_css("background-color", "rgb(10, 125, 56)")
        await page.get_by_role("button", name="Save brand").click()
        await expect(page.get_by_role("status")).to_contain_text("brand is saved")
