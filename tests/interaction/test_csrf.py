"""Forms that only our own pages can send (THREATS 40)."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from support.people import asked, landed, page_of
from support.world import PASSWORD, World, hidden

OWN = "http://photos.localhost:8000"
Form = tuple[str, dict[str, str]]


async def login(world: World) -> Form:
    fields = hidden(await page_of(world, prompt="login"))
    return "/login", {**fields, "username": "jane", "password": PASSWORD}


async def select(world: World) -> Form:
    await world.sign_in()
    page = await page_of(world, prompt="select_account")
    return "/login/select", {**hidden(page), "decision": "continue"}


async def consent(world: World) -> Form:
    await world.sign_in()
    return "/consent", {**hidden(await page_of(world)), "decision": "approve"}


async def logout(world: World) -> Form:
    await world.sign_in()
    page = await world.browser.get("/logout")
    return "/logout", {**hidden(page), "decision": "logout"}


async def withdraw(world: World) -> Form:
    await world.follow(await asked(world))
    page = await world.browser.get("/account/apps/printer/withdraw")
    return "/account/apps/printer/withdraw", hidden(page)


async def narrow(world: World) -> Form:
    await world.follow(await asked(world))
    page = await world.browser.get("/account/apps/printer/withdraw?scope=profile")
    return "/account/apps/printer/withdraw", hidden(page)


async def profile(world: World) -> Form:
    await world.sign_in()
    return "/account/profile", hidden(await world.browser.get("/account/profile"))


async def password(world: World) -> Form:
    await world.sign_in()
    page = await world.browser.get("/account/password")
    typed = {"current_password": PASSWORD, "new_password": PASSWORD}
    return "/account/password", {**hidden(page), **typed}


async def session(world: World) -> Form:
    await world.sign_in()
    async with world.new_browser() as other:
        await world.sign_in(other)
    listed = await world.browser.get("/account/sessions")
    path = re.findall(r'href="(/account/sessions/[0-9a-f]+/end)"', listed.text)[0]
    return path, hidden(await world.browser.get(path))


async def others(world: World) -> Form:
    await world.sign_in()
    page = await world.browser.get("/account/sessions/end-others")
    return "/account/sessions/end-others", hidden(page)


async def delete(world: World) -> Form:
    if await world.store().users.by_identifier("jane") is None:
        await world.add_user()
    await world.sign_in()
    page = await world.browser.get("/account/delete")
    return "/account/delete", {**hidden(page), "password": PASSWORD}


async def theme(world: World) -> Form:
    await world.sign_in()
    page = await world.browser.get("/account")
    return "/theme", {**hidden(page), "theme": "dark"}


CHANGES = [withdraw, narrow, profile, password, session, others, delete]
FORMS = [login, select, consent, logout, *CHANGES, theme]
Fill = Callable[[World], Awaitable[Form]]
EVERY_FORM = pytest.mark.parametrize("fill", FORMS)


async def send(world: World, form: Form, **headers: str) -> httpx.Response:
    return await world.browser.post(form[0], data=form[1], headers=headers)


def is_refused(answer: httpx.Response) -> bool:
    changed = any("consentry_login" in one for one in answer.headers.get_list("set-cookie"))
    return answer.status_code == 403 and 'role="alert"' in answer.text and not changed


@EVERY_FORM
async def test_a_form_needs_its_own_token(world: World, fill: Fill) -> None:
    """THREATS 40, CONTRACT: missing CSRF 403"""
    path, fields = await fill(world)
    token = fields["csrf_token"]
    wrong: list[dict[str, str]] = [{}]
    wrong += [{"csrf_token": text} for text in ("", "x", token[:-2], token[::-1], token + "A", "ä")]
    for change in wrong:
        sent = {name: value for name, value in fields.items() if name != "csrf_token"} | change
        assert is_refused(await send(world, (path, sent)))
    assert (await send(world, (path, fields))).status_code in (200, 303)


@EVERY_FORM
async def test_another_sites_form_is_refused_even_with_the_token(world: World, fill: Fill) -> None:
    """THREATS 40: other tenants' hosts are other sites' too."""
    form = await fill(world)
    foreign: list[dict[str, str]] = [
        {"Origin": "https://evil.example"}, {"Origin": "http://music.localhost:8000"},
        {"Origin": "http://photos.localhost:9000"}, {"Origin": "http://photos.localhost"},
        {"Origin": OWN + ".evil.example"}, {"Origin": "http://x@photos.localhost:8000"},
        {"Origin": "ftp://photos.localhost:8000"}, {"Origin": "http://["}, {"Origin": "x"},
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Origin": OWN, "Sec-Fetch-Site": "cross-site"},
    ]  # fmt: skip
    for headers in foreign:
        assert is_refused(await send(world, form, **headers)), headers
    assert not is_refused(await send(world, form, Origin=OWN))


@EVERY_FORM
async def test_our_own_form_is_taken_as_browsers_send_it(world: World, fill: Fill) -> None:
    """Fetch §3.1: with no referrer the origin is null."""
    sent: list[dict[str, str]] = [
        {"Origin": "null"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Origin": OWN, "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ]
    for headers in sent:
        assert not is_refused(await send(world, await fill(world), **headers))


async def test_one_forms_token_does_not_fit_another(world: World) -> None:
    """THREATS 32"""
    _, decision = await consent(world)
    path, fields = await logout(world)
    mixed = {**fields, "csrf_token": decision["csrf_token"]}
    assert is_refused(await send(world, (path, mixed)))


async def test_another_browsers_token_does_not_fit(world: World) -> None:
    """THREATS 40: also at sign-in, or a victim could be signed in as the attacker."""
    async with world.new_browser() as attacker:
        theirs = hidden(await attacker.get("/login"))
    await world.browser.get("/login")
    sent = {**theirs, "username": "jane", "password": PASSWORD}
    assert is_refused(await send(world, ("/login", sent)))


async def test_another_persons_token_does_not_fit(world: World) -> None:
    await world.add_user("john")
    path, fields = await withdraw(world)
    await world.sign_in(username="john")
    assert is_refused(await send(world, (path, fields)))


async def test_another_tenants_token_does_not_fit(world: World) -> None:
    """THREATS 39"""
    await world.add_tenant("music")
    await world.browser.get("/login")
    mark: Any = {"consentry_browser": world.browser.cookies["consentry_browser"]}
    async with world.new_browser("music", cookies=mark) as browser:
        token = hidden(await browser.get("/login"))
    sent = {**token, "username": "jane", "password": PASSWORD}
    assert is_refused(await send(world, ("/login", sent)))


async def test_nothing_changes_by_get(world: World) -> None:
    """RFC 9110 §9.2.1"""
    for fill in FORMS:
        path, fields = await fill(world)
        answer = await world.browser.get(path, params=fields)
        assert answer.status_code in (200, 303, 400, 405)
        if fill is withdraw:
            page = await landed(world.browser, await world.browser.get("/account"))
            assert "printer.example.com" in page.text
        if fill is theme:
            assert answer.status_code == 405
            assert "consentry_theme" not in world.browser.cookies
