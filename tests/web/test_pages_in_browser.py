"""Pages in Chromium: accessible in both themes, whole at 360 px, inert whatever they show."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
import uvicorn
from playwright.async_api import Browser, Page
from playwright.async_api import Route as Visit
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from consentry.web.pages import Brand, action_source, add_pages, render, static_route
from support.looking import NARROW, fit, look, visit
from support.page_samples import SAMPLES, every_text

HOSTILE = "\"'></title><script>window.hit=1</script><img src=x onerror=window.hit=1>" + "w" * 200
ACCENTS = ("ffffff", "000000", "ffee00", "3457d5")


async def show(request: Request) -> Response:
    """`/page/{template}` with its sample; `?hostile=1`, `?accent=`, `?action=` change it."""
    template = request.path_params["template"]
    asked = request.query_params
    given, name = SAMPLES[template], "Photos"
    if "hostile" in asked:
        given, name = every_text(given, HOSTILE), HOSTILE
    if "action" in asked:
        given = {"action": asked["action"], "parameters": {"submit": "a", "code": '"b&'}}
    origin = str(request.base_url).rstrip("/")
    if "frames" in given:
        given = {**given, "frames": [f"{origin}/echo"]}
    sources = [action_source(asked["action"])] if "action" in asked else []
    brand = Brand(name, asked.get("accent"))
    return render(
        template, request=request, brand=brand, form_action=sources, frame_src=[origin], **given
    )


async def echo(request: Request) -> Response:
    """What was sent, as text."""
    return PlainTextResponse((await request.body()).decode())


@pytest.fixture(scope="module")
async def site() -> AsyncIterator[str]:
    """Address of a server that shows every sample."""
    add_pages("consentry_admin")
    add_pages("support")
    routes = [
        static_route(),
        Route("/page/{template:path}", show),
        Route("/echo", echo, methods=["GET", "POST"]),
    ]
    config = uvicorn.Config(Starlette(routes=routes), port=0, log_level="warning")
    # Listening before the server runs: who connects meanwhile waits in the queue.
    listener = config.bind_socket()
    listener.listen()
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    port = listener.getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


async def opened(page: Page, address: str) -> None:
    """Load a page, with nothing of it left folded."""
    await page.goto(address)
    for folded in await page.locator("summary").all():
        await folded.click()


async def hold_still(page: Page) -> None:
    """Keep the pages that move on by themselves in place, so that they can be looked at."""

    async def stay(route: Visit) -> None:
        is_sample = re.search(r"/page/[\w/]+\.html(\?hostile=1)?$", route.request.url)
        moves_on = route.request.is_navigation_request() and not is_sample
        # 204: the browser stays where it is (RFC 9110 §15.3.5).
        await (route.fulfill(status=204) if moves_on else route.continue_())

    await page.route("**/*", stay)
    await page.route(
        "**/form_post.js*", lambda route: route.fulfill(content_type="text/javascript")
    )


async def test_every_page_is_accessible_and_fits(chromium: Browser, site: str) -> None:
    """WCAG 2.2 AA, as far as axe can tell, in both themes"""
    page = await chromium.new_page(reduced_motion="reduce")
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    await hold_still(page)
    for template in SAMPLES:
        await visit(page, f"{site}/page/{template}")
        await page.set_viewport_size(NARROW)
        await look(page)
        await opened(page, f"{site}/page/{template}?hostile=1")
        assert await page.evaluate("window.hit") is None, template
        await fit(page)
    assert not trouble
    await page.close()


async def test_any_accent_stays_readable(chromium: Browser, site: str) -> None:
    page = await chromium.new_page(reduced_motion="reduce")
    for accent in ACCENTS:
        for template in ("interaction/consent.html", "account/app.html", "gallery.html"):
            await opened(page, f"{site}/page/{template}?accent={accent}")
            await look(page)
    await page.close()


async def test_form_post_sends_itself(chromium: Browser, site: str) -> None:
    """OAuth 2.0 Form Post Response Mode §2, with a parameter named as the form's method."""
    page = await chromium.new_page()
    await page.goto(f"{site}/page/interaction/form_post.html?action={site}/echo")
    await page.wait_for_url(f"{site}/echo")
    assert await page.inner_text("body") == "submit=a&code=%22b%26"
    await page.close()


async def test_form_post_has_a_button_without_scripts(chromium: Browser, site: str) -> None:
    page = await chromium.new_page(java_script_enabled=False)
    await page.goto(f"{site}/page/interaction/form_post.html?action={site}/echo")
    await page.get_by_role("button", name="Continue").click()
    await page.wait_for_url(f"{site}/echo")
    assert await page.inner_text("body") == "submit=a&code=%22b%26"
    await page.close()


async def test_a_password_can_be_looked_at(chromium: Browser, site: str) -> None:
    page = await chromium.new_page()
    await page.goto(f"{site}/page/interaction/login.html")
    await page.get_by_role("button", name="Show password").click()
    assert await page.get_attribute("#password", "type") == "text"
    await page.get_by_role("button", name="Show password").click()
    assert await page.get_attribute("#password", "type") == "password"
    await page.close()


async def test_what_needs_a_script_is_not_shown_without_one(chromium: Browser, site: str) -> None:
    page = await chromium.new_page(java_script_enabled=False)
    await page.goto(f"{site}/page/interaction/login.html")
    assert await page.get_by_role("button").count() == 1
    await page.close()


async def test_the_skip_link_comes_first(chromium: Browser, site: str) -> None:
    page = await chromium.new_page()
    await page.goto(f"{site}/page/account/overview.html")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main"
    await page.close()
