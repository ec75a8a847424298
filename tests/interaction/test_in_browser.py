"""Chromium on the whole way from a client and back, with scripts and without."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple
from urllib.parse import parse_qs

import pytest
from playwright.async_api import Browser, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from support.wire import on_the_wire, served
from support.world import PASSWORD, PKCE, World

SCRIPTS = pytest.mark.parametrize("scripts", [True, False])


class Site(NamedTuple):
    """The world on the wire, and a client whose callback sends on to another origin."""

    world: World
    address: str
    client: str

    def authorize(self, **changes: str) -> str:
        """Address of an authorization request."""
        asked = {
            "client_id": "app", "response_type": "code", "scope": "openid", "state": "s",
            "redirect_uri": f"{self.client}/cb", "code_challenge": PKCE.challenge,
            "code_challenge_method": "S256", **changes,
        }  # fmt: skip
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        return f"{self.address}/oauth2/authorize?{query}"


async def callback(request: Request) -> Response:
    """A client that, having its answer, sends people to its own front."""
    posted = (await request.body()).decode()
    words = " ".join(sorted(parse_qs(posted or request.url.query)))
    front = str(request.base_url).replace("127.0.0.1", "front.localhost")
    return RedirectResponse(f"{front}home?{words}", 303)


async def home(request: Request) -> Response:
    return PlainTextResponse(f"welcome {request.url.query}")


@pytest.fixture
async def site(sqlite_database: str) -> AsyncIterator[Site]:
    """The application and a client, each on its own port."""
    client = Starlette(
        routes=[Route("/cb", callback, methods=["GET", "POST"]), Route("/home", home)]
    )
    async with served(client) as port, on_the_wire(sqlite_database) as (world, address):
        callbacks = [f"http://127.0.0.1:{port}/cb"]
        await world.add_client("app", redirect_uris=callbacks, post_logout_redirect_uris=callbacks)
        yield Site(world, address, f"http://127.0.0.1:{port}")


@asynccontextmanager
async def opened(chromium: Browser, scripts: bool) -> AsyncIterator[Page]:
    """A page of a fresh profile."""
    context = await chromium.new_context(java_script_enabled=scripts)
    yield await context.new_page()
    await context.close()


async def sign_in(page: Page) -> None:
    await page.fill("#username", "jane")
    await page.fill("#password", PASSWORD)
    await page.click("form button[type=submit]:not([data-reveal])")


@SCRIPTS
async def test_the_clients_own_redirects_are_not_held_against_our_forms(
    chromium: Browser, site: Site, scripts: bool
) -> None:
    """CSP Level 3 §6.4.1, THREATS 43"""
    async with opened(chromium, scripts) as page:
        await page.goto(site.authorize())
        await sign_in(page)
        await page.click("button[value=approve]")
        await page.wait_for_url("http://front.localhost:*/home?*")
        assert "code" in await page.inner_text("body")
        await page.goto(site.authorize(prompt="select_account"))
        await page.click("button[value=continue]")
        await page.wait_for_url("http://front.localhost:*/home?*")
        await page.goto(site.authorize(prompt="login"))
        await sign_in(page)
        await page.wait_for_url("http://front.localhost:*/home?*")
        await page.goto(site.authorize(prompt="consent"))
        await page.click("button[value=deny]")
        await page.wait_for_url("http://front.localhost:*/home?*error*")


@SCRIPTS
async def test_form_post_reaches_a_client_that_sends_on(
    chromium: Browser, site: Site, scripts: bool
) -> None:
    """Form Post Response Mode §2, THREATS 43"""
    async with opened(chromium, scripts) as page:
        await page.goto(site.authorize(response_mode="form_post"))
        await sign_in(page)
        await page.click("button[value=approve]")
        if not scripts:
            await page.wait_for_url("**/oauth2/authorize?*")
            await page.click("form[data-form-post] button")
        await page.wait_for_url("http://front.localhost:*/home?*")
        assert "code%20iss%20state" in await page.inner_text("body")


@SCRIPTS
async def test_signing_out_returns_to_a_client_that_sends_on(
    chromium: Browser, site: Site, scripts: bool
) -> None:
    """RP-Initiated Logout §3, THREATS 43"""
    async with opened(chromium, scripts) as page:
        await page.goto(f"{site.address}/login")
        await sign_in(page)
        await page.wait_for_url("**/account")
        asked = f"client_id=app&post_logout_redirect_uri={site.client}/cb&state=bye"
        await page.goto(f"{site.address}/oauth2/logout?{asked}")
        await page.click("button[value=logout]")
        await page.wait_for_url("http://front.localhost:*/home?state")
        await page.goto(f"{site.address}/account")
        assert page.url.endswith("/login")


async def test_a_request_posted_by_another_site_finds_the_person(
    chromium: Browser, site: Site
) -> None:
    """OIDC Core §3.1.2.1, RFC 6265bis §5.6.7"""
    async with opened(chromium, True) as page:
        await page.goto(site.authorize())
        await sign_in(page)
        await page.click("button[value=approve]")
        await page.wait_for_url("http://front.localhost:*/home?*")
        fields = {"client_id": "app", "response_type": "code", "scope": "openid",
                  "redirect_uri": f"{site.client}/cb", "code_challenge": PKCE.challenge,
                  "code_challenge_method": "S256", "prompt": "none"}  # fmt: skip
        await page.goto(f"{site.client}/home?elsewhere")
        await page.evaluate(
            """([action, fields]) => {
                const form = document.createElement("form");
                form.method = "post"; form.action = action;
                for (const [name, value] of Object.entries(fields)) {
                    const input = document.createElement("input");
                    input.name = name; input.value = value; form.append(input);
                }
                document.body.append(form); form.submit();
            }""",
            [f"{site.address}/oauth2/authorize", fields],
        )
        await page.wait_for_url("http://front.localhost:*/home?code*")
