"""Chromium signs out: frames are loaded, then the way back is taken, with scripts and without."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import async_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from account.conftest import FLAGS, on_the_wire, served
from support.world import PASSWORD, World


class Shop:
    """An app that signs people out in a frame and takes them back."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        icon = Route("/favicon.ico", lambda _: PlainTextResponse("", media_type="image/x-icon"))
        self.app = Starlette(routes=[Route("/out", self.out), Route("/bye", self.bye), icon])

    async def out(self, request: Request) -> Response:
        self.seen.append(f"out {sorted(request.query_params)}")
        return PlainTextResponse("out", headers={"Cache-Control": "no-store"})

    async def bye(self, request: Request) -> Response:
        self.seen.append("bye")
        return PlainTextResponse("bye")


@pytest.fixture
async def shop(sqlite_database: str) -> AsyncIterator[tuple[Shop, str, str]]:
    """The app, where it is, and where the tenant is, whose client `shop` it is."""
    made = Shop()
    async with served(made.app) as port, on_the_wire(sqlite_database) as (world, address):
        there = f"http://127.0.0.1:{port}"
        await add(world, there)
        yield made, there, address


async def add(world: World, there: str) -> None:
    await world.add_client(
        "shop", redirect_uris=[f"{there}/bye"], post_logout_redirect_uris=[f"{there}/bye"],
        frontchannel_logout_uri=f"{there}/out", frontchannel_logout_session_required=True,
        skip_consent=True, secret=None, token_endpoint_auth_method="none",
        grant_types=["authorization_code"],
    )  # fmt: skip


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_the_frames_come_before_the_way_back(
    shop: tuple[Shop, str, str], browser_path: str, scripts: bool
) -> None:
    """Front-Channel Logout §3; THREATS 43: nothing the policy had to stop"""
    made, there, address = shop
    trouble: list[str] = []
    async with async_playwright() as tools:
        browser = await tools.chromium.launch(executable_path=browser_path, args=FLAGS)
        page = await (await browser.new_context(java_script_enabled=scripts)).new_page()
        page.on("console", lambda said: trouble.append(said.text))
        asked = f"client_id=shop&response_type=code&scope=openid&redirect_uri={there}/bye"
        await page.goto(f"{address}/oauth2/authorize?{asked}&code_challenge={'x' * 43}"
                        "&code_challenge_method=S256")  # fmt: skip
        await page.get_by_label("Username").fill("jane")
        await page.get_by_label("Password", exact=True).fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_url(f"{there}/bye?*")
        made.seen.clear()
        back = f"client_id=shop&post_logout_redirect_uri={there}/bye"
        await page.goto(f"{address}/oauth2/logout?{back}")
        await page.get_by_role("button", name="Sign out").click()
        await page.wait_for_url(f"{there}/bye")
        await browser.close()
    assert made.seen == ["out ['iss', 'sid']", "bye"]
    assert trouble == []
