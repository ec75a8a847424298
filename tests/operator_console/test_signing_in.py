"""The base host as a place of people: who gets in, who does not, and that it is no tenant."""

import asyncio
import re

import httpx
import pytest

from consentry.operations.errors import Refused
from consentry.tenancy.actor import OPERATORS
from consentry.tenancy.operators import open_operators
from operator_console.desk import PASSWORD, Desk, opened_desk, reopened
from support.world import PASSWORD as TENANTS_PASSWORD
from support.world import running_world

PAGES = ["/admin", "/admin/tenants", "/admin/tenants/photos", "/admin/tenants/photos/delete",
         "/admin/tenants/photos/suspend", "/admin/tenants/photos/enable",
         "/admin/tenants/photos/manifest", "/admin/tenants/photos/administrator",
         "/admin/new-tenant", "/admin/operators", "/admin/new-operator", "/admin/audit",
         "/admin/health", "/account/password", "/account/sessions"]  # fmt: skip


async def test_the_first_operator_has_the_password_of_the_setting(each_desk: Desk) -> None:
    """CONTRACT: CONSENTRY_OPERATOR_PASSWORD"""
    assert await each_desk.is_signed_in()


async def test_the_setting_changes_nobody_who_is_there(sqlite_database: str) -> None:
    async with opened_desk(sqlite_database):
        pass
    other = "quite another password"
    async with reopened(sqlite_database, operator_password=other) as desk:
        assert (await desk.sign_in(password=PASSWORD)).status_code == 303
        assert (await desk.sign_in(password=other)).status_code == 400


async def test_without_the_setting_there_is_no_operator(sqlite_database: str) -> None:
    async with running_world(sqlite_database) as world:
        assert await world.deployment.store.inside(OPERATORS).users.page() == []
        assert (await Desk(world).sign_in()).status_code == 400


async def test_a_password_that_cannot_be_one_stops_the_start(sqlite_database: str) -> None:
    with pytest.raises(Refused, match=r"^CONSENTRY_OPERATOR_PASSWORD: must have 8"):
        async with running_world(sqlite_database, operator_password="short"):
            pass


async def test_a_stranger_is_asked_to_sign_in(still_desk: Desk) -> None:
    stranger = Desk(still_desk.world)
    for path in PAGES:
        answer = await stranger.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login"), path
        assert (await stranger.browser.post(path)).status_code in (303, 405), path


async def test_people_of_a_tenant_are_no_operators(still_desk: Desk) -> None:
    """THREATS 39"""
    desk = Desk(still_desk.world)
    assert (await desk.sign_in("jane", TENANTS_PASSWORD)).status_code == 400
    cookies = still_desk.world.new_browser()
    await still_desk.world.sign_in(cookies)
    desk.browser.cookies = httpx.Cookies({c.name: c.value or "" for c in cookies.cookies.jar})
    assert not await desk.is_signed_in()


async def test_operators_are_nobody_in_a_tenant(still_desk: Desk) -> None:
    """THREATS 39"""
    world = still_desk.world
    browser = world.new_browser()
    assert (await world.sign_in(browser, "operator", PASSWORD)).status_code == 400
    for cookie in still_desk.browser.cookies.jar:
        browser.cookies.set(cookie.name, cookie.value or "")
    assert (await browser.get("/account")).headers["location"] == "/login"


async def test_a_sign_in_starts_a_new_session_and_the_end_is_on_the_server(desk: Desk) -> None:
    """THREATS 46"""
    before = desk.browser.cookies["consentry_login"]
    await desk.sign_in()
    after = desk.browser.cookies["consentry_login"]
    assert after != before and not await lets_in(desk, before)
    assert await lets_in(desk, after)
    answer = await desk.send("/logout", decision="logout")
    assert answer.status_code == 200
    assert not await lets_in(desk, after)


async def lets_in(desk: Desk, cookie: str) -> bool:
    """Whether the console takes this session id from a browser with nothing else."""
    sent = {"Cookie": f"consentry_login={cookie}"}
    return (await Desk(desk.world).browser.get("/admin/health", headers=sent)).status_code == 200


async def test_staying_signed_in_leads_back_to_the_console(desk: Desk) -> None:
    answer = await desk.send("/logout", decision="stay")
    assert answer.headers["location"] == "/admin"
    assert await desk.is_signed_in()


async def test_cookies_and_pages_are_kept_close(still_desk: Desk) -> None:
    """THREATS 47"""
    desk = Desk(still_desk.world)
    answer = await desk.sign_in()
    for cookie in answer.headers.get_list("set-cookie"):
        assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Domain" not in cookie
    page = await desk.get("/admin/tenants")
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy


async def test_on_https_the_cookie_is_the_hosts_alone(sqlite_database: str) -> None:
    """THREATS 36"""
    base = "https://id.example.com"
    async with running_world(sqlite_database, base_url=base, operator_password=PASSWORD) as world:
        transport = httpx.ASGITransport(world.app)
        browser = httpx.AsyncClient(transport=transport, base_url=base)
        page = await browser.get("/login")
        token = re.findall(r'name="csrf_token" value="([^"]+)"', page.text)[0]
        fields = {"csrf_token": token, "username": "operator", "password": PASSWORD}
        answer = await browser.post("/login", data=fields)
        cookies = answer.headers.get_list("set-cookie")
        assert cookies and all(one.startswith("__Host-") and "Secure" in one for one in cookies)


async def test_a_wrong_name_and_a_wrong_password_read_alike(still_desk: Desk) -> None:
    """THREATS 48"""
    desk = Desk(still_desk.world, "203.0.113.20")
    unknown = await desk.sign_in("nobody", "not the password")
    wrong = await desk.sign_in("operator", "not the password")
    assert (unknown.status_code, wrong.status_code) == (400, 400)

    def words(page: httpx.Response) -> str:
        return re.sub(r'value="[^"]*"', "", page.text)

    assert words(unknown) == words(wrong)


async def test_guessing_is_slowed_but_the_owner_is_let_in(desk: Desk) -> None:
    """THREATS 49"""
    guesser = Desk(desk.world, "203.0.113.66")
    statuses = [(await guesser.sign_in(password=f"guess {n}")).status_code for n in range(12)]
    assert statuses[0] == 400 and statuses[-1] == 429
    assert (await desk.sign_in()).status_code == 303


async def test_a_form_of_somebody_else_is_refused(desk: Desk) -> None:
    """THREATS 40"""
    fields = {"username": "operator", "password": PASSWORD, "csrf_token": "AAAA"}
    assert (await desk.browser.post("/login", data=fields)).status_code == 403
    foreign = {"Origin": "http://photos.localhost:8000"}
    page = await desk.get("/admin/new-operator")
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page.text)[-1]
    answer = await desk.browser.post(
        "/admin/new-operator", data={"csrf_token": token, "username": "eve"}, headers=foreign
    )
    assert answer.status_code == 403


async def test_the_base_host_is_no_tenant(still_desk: Desk) -> None:
    world = still_desk.world
    for path in ("/.well-known/openid-configuration", "/oauth2/authorize", "/oauth2/jwks",
                 "/api/v1/whoami", "/oauth1/initiate", "/consent", "/account",
                 "/account/apps", "/account/delete"):  # fmt: skip
        assert (await still_desk.get(path)).status_code == 404, path
    async with httpx.AsyncClient(transport=httpx.ASGITransport(world.app)) as client:
        for host in (f"{OPERATORS}.localhost:8000", ".localhost:8000", "xn--a.localhost:8000"):
            answer = await client.get("http://localhost:8000/login", headers={"Host": host})
            assert answer.status_code in (400, 404), host
    store = world.deployment.store
    assert await store.tenants.get(OPERATORS) is None
    assert [one.slug for one in await store.tenants.page()] == ["photos"]


async def test_two_processes_make_one_key_and_one_operator(database: str) -> None:
    async with running_world(database) as world:
        one, other = world.deployment, world.deployment
        opened = await asyncio.gather(open_operators(one), open_operators(other))
        sealed = opened[0].keys.seal("test", b"said")
        assert opened[1].keys.unseal("test", sealed) == b"said"
        assert len(await one.store.inside(OPERATORS).keys.tenant_keys()) == 1
