"""What every answer says to browsers and caches (THREATS 41, 43, 47)."""

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest

from support.people import asked, landed, page_of
from support.world import SECRET, World, hidden, running_world

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; "
    "connect-src 'self'; form-action 'self'{}; "
    "frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)
NATIVE = "com.example.app:/cb"


async def pages(world: World, browser: httpx.AsyncClient) -> AsyncIterator[httpx.Response]:
    """Every page of the tenant's host, with the step between that it takes."""
    yield await browser.get("/login")
    yield await page_of(world, browser)
    yield await asked(world, browser, client_id="nobody")
    yield await browser.get("/consent")
    yield await browser.get("/no/such/page")
    await world.sign_in(browser)
    yield await page_of(world, browser)
    yield await page_of(world, browser, prompt="select_account")
    yield await page_of(world, browser, response_mode="form_post", scope="no.such")
    yield await browser.get("/account")
    page = await browser.get("/logout")
    yield page
    yield await browser.post("/logout", data=hidden(page) | {"decision": "logout"})


async def test_every_page_has_every_header(world: World) -> None:
    """THREATS 41, 43, 47"""
    async for page in pages(world, world.browser):
        headers = page.headers
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        policy = headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy
        assert len(headers.get_list("content-security-policy")) == 1


async def test_redirects_and_token_answers_are_kept_by_no_cache(world: World) -> None:
    """RFC 6749 §5.1, THREATS 47"""
    redirect = await world.follow(await asked(world))
    code = await world.authorize()
    answers = [redirect, await asked(world, scope="no.such")]
    async with world.new_browser() as client:
        form = {"grant_type": "authorization_code", "code": code}
        answers.append(await client.post("/oauth2/token", data=form, auth=("printer", SECRET)))
        answers.append(await client.post("/oauth2/token", data=form))
        answers.append(await client.get("/oauth2/userinfo"))
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("redirect_uri", "source"),
    [
        ("http://127.0.0.1:9999/ready", "http://127.0.0.1:9999"),
        ("https://print.example/cb?x=%3B", "https://print.example"),
        ("https://print.example:8443/cb", "https://print.example:8443"),
        (NATIVE, "com.example.app:"),
        ("http://[::1]/cb", "http:"),
    ],
)
async def test_a_forms_policy_names_where_the_client_is(
    world: World, redirect_uri: str, source: str
) -> None:
    """THREATS 43: exactly"""
    await world.add_client("app", redirect_uris=[redirect_uri])
    flow: dict[str, Any] = {"client_id": "app", "redirect_uri": redirect_uri}
    before = await page_of(world, **flow)
    await world.sign_in()
    shown = [before, await page_of(world, **flow), await page_of(world, **flow, prompt="login")]
    shown.append(await page_of(world, **flow, prompt="select_account"))
    for page in shown:
        assert page.headers["content-security-policy"] == POLICY.format(f" {source}")


async def test_a_page_without_a_client_names_nobody(world: World) -> None:
    """THREATS 43"""
    page = await world.browser.get("/login")
    assert page.headers["content-security-policy"] == POLICY.format("")


async def test_form_post_may_lead_where_the_client_sends_on(world: World) -> None:
    """CSP Level 3 §6.4.1: the client's own redirects are held against our page."""
    page = await page_of(world, response_mode="form_post", scope="no.such")
    allowed = " http://127.0.0.1:9999 https: http:"
    assert page.headers["content-security-policy"] == POLICY.format(allowed)


def cookies_of(*answers: httpx.Response) -> SimpleCookie:
    """Every cookie that was set."""
    jar: SimpleCookie = SimpleCookie()
    for answer in answers:
        for header in answer.headers.get_list("set-cookie"):
            jar.load(header)
    return jar


async def test_cookies_are_for_this_host_and_no_script(world: World) -> None:
    """THREATS 36, 47"""
    jar = cookies_of(await world.browser.get("/login"), await world.sign_in())
    assert set(jar) == {"consentry_browser", "consentry_login", "consentry_device"}
    for cookie in jar.values():
        assert cookie["httponly"]
        assert cookie["samesite"].lower() == "lax"
        assert cookie["path"] == "/"
        assert not cookie["domain"]
        assert not cookie["secure"]


def check_https(page: httpx.Response, jar: SimpleCookie) -> None:
    """HSTS, and cookies a browser binds to host and HTTPS (RFC 6265bis §4.1.3.2)."""
    assert "max-age=" in page.headers["strict-transport-security"]
    assert len(page.headers.get_list("strict-transport-security")) == 1
    assert set(jar) == {
        "__Host-consentry_browser", "__Host-consentry_login", "__Host-consentry_device",
    }  # fmt: skip
    for cookie in jar.values():
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["samesite"].lower() == "lax"
        assert cookie["path"] == "/"
        assert not cookie["domain"]


async def test_https_by_base_url_makes_host_cookies_and_hsts(sqlite_database: str) -> None:
    """THREATS 36, 47; RFC 6797"""
    async with running_world(sqlite_database, base_url="https://id.example") as world:
        transport = httpx.ASGITransport(world.app, client=("203.0.113.9", 1))
        address = "https://photos.id.example"
        async with httpx.AsyncClient(transport=transport, base_url=address) as browser:
            page = await browser.get("/login")
            signed = await world.sign_in(browser)
            check_https(page, cookies_of(page, signed))
            assert (await browser.get("/account")).status_code == 200
            login = browser.cookies["__Host-consentry_login"]
        bare = {"consentry_login": login}
        async with httpx.AsyncClient(transport=transport, base_url=address, cookies=bare) as other:
            assert (await other.get("/account")).status_code == 303


async def test_https_by_a_trusted_proxys_word(sqlite_database: str) -> None:
    """THREATS 34; RFC 7239 §5.4"""
    async with running_world(sqlite_database, trusted_proxies="10.0.0.0/8") as world:
        transport = httpx.ASGITransport(world.app, client=("10.1.1.1", 1))
        options = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
        async with httpx.AsyncClient(
            transport=transport, base_url="https://photos.localhost:8000", headers=options
        ) as browser:
            page = await browser.get("/login")
            check_https(page, cookies_of(page, await world.sign_in(browser)))
        stranger = httpx.ASGITransport(world.app, client=("203.0.113.9", 1))
        async with httpx.AsyncClient(
            transport=stranger, base_url="http://photos.localhost:8000", headers=options
        ) as browser:
            page = await browser.get("/login")
            assert "strict-transport-security" not in page.headers
            assert set(cookies_of(page)) == {"consentry_browser"}


async def test_on_https_a_form_of_the_http_host_is_foreign(sqlite_database: str) -> None:
    """THREATS 40"""
    async with running_world(sqlite_database, base_url="https://id.example") as world:
        transport = httpx.ASGITransport(world.app, client=("203.0.113.9", 1))
        address = "https://photos.id.example"
        async with httpx.AsyncClient(transport=transport, base_url=address) as browser:
            fields = hidden(await browser.get("/login")) | {"username": "jane", "password": "x"}
            http = {"Origin": "http://photos.id.example"}
            assert (await browser.post("/login", data=fields, headers=http)).status_code == 403
            own = {"Origin": address}
            assert (await browser.post("/login", data=fields, headers=own)).status_code == 400


async def test_signing_out_takes_the_cookie_back(world: World) -> None:
    await world.sign_in()
    page = await landed(world.browser, await world.browser.get("/logout"))
    out = await world.browser.post("/logout", data=hidden(page) | {"decision": "logout"})
    taken = cookies_of(out)["consentry_login"]
    assert taken.value == ""
    assert taken["max-age"] == "0"
