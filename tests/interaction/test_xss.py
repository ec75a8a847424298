"""What others wrote stays text on every page (THREATS 42)."""

import html
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from support.people import asked, enter, landed, page_of, parameters_of
from support.world import PASSWORD_HASH, World, hidden

BAD = "\"'></title></textarea><script>boom()</script><img src=x onerror=boom()>{{7*7}}${7*7}"
ALLOWED = {"html", "head", "meta", "title", "link", "script", "body", "a", "header", "main",
           "footer", "div", "span", "p", "h1", "h2", "h3", "ul", "li", "form", "input", "button",
           "label", "svg", "path", "circle", "rect", "line", "polyline", "g", "section", "bdi",
           "code", "dl", "dt", "dd", "details", "summary", "time", "abbr", "small", "strong",
           "nav", "aside", "use", "symbol", "table", "caption", "thead", "tbody", "tr", "th", "td",
           "ol", "dialog"}  # fmt: skip


class Seen(HTMLParser):
    """Elements, and everything about them that could run or lead astray."""

    def __init__(self, text: str) -> None:
        super().__init__()
        found = re.search(r'<script nonce="([^"]+)"', text)
        self.nonce = found[1] if found else ""
        self.tags: set[str] = set()
        self.bad: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        if tag == "script" and not str(given.get("src", "")).startswith("/static/"):
            self.bad.append("script of another's")
        for name, value in attrs:
            if name.startswith("on") or name == "style":
                self.bad.append(f"{tag} {name}")
            if name.startswith("hx-") and given.get("hx-nonce") != self.nonce:
                self.bad.append(f"{tag} {name} without the page's nonce")
            if name in ("href", "src", "action") and (value or "").strip().lower().startswith(
                ("javascript:", "data:", "vbscript:")
            ):
                self.bad.append(f"{tag} {name}={value}")


def is_inert(text: str) -> bool:
    """Nothing of what others wrote became markup."""
    seen = Seen(text)
    assert not seen.bad, seen.bad
    assert seen.tags <= ALLOWED, seen.tags - ALLOWED
    return "<img" not in text and "<script>" not in text


def shows(text: str) -> bool:
    """The attack stands there to be read, and no template read it again."""
    return BAD in html.unescape(text)


@pytest.fixture
async def hostile(world: World) -> World:
    """A tenant where every name is an attack."""
    store = world.store()
    await store.configuration.save_scope("photos.read", BAD)
    await world.add_api("https://api.example", name=BAD)
    await world.add_client(
        "evil", client_name=BAD, redirect_uris=["https://evil.example/cb"],
        post_logout_redirect_uris=["https://evil.example/bye"],
        client_uri="https://evil.example/?a=%22%3E%3Cscript%3E",
    )  # fmt: skip
    jane = await store.users.by_identifier("jane")
    assert jane is not None
    jane.username, jane.email, jane.password_hash = BAD, f"{BAD}@example.com", PASSWORD_HASH
    jane.claims = {"name": BAD}
    await store.users.save(jane)
    world.forget()
    return world


FLOW: dict[str, Any] = {
    "client_id": "evil", "redirect_uri": "https://evil.example/cb", "state": BAD,
    "login_hint": BAD, "resource": "https://api.example", "nonce": BAD,
}  # fmt: skip


ACCOUNT = (
    "/account", "/account/apps", "/account/apps/evil", "/account/apps/evil/withdraw",
    "/account/apps/evil/withdraw?scope=photos.read", "/account/profile",
)  # fmt: skip


async def test_hostile_names_stay_text_on_every_page(hostile: World) -> None:
    """THREATS 42"""
    browser = hostile.browser
    login = await page_of(hostile, **FLOW)
    wrong = await enter(browser, login, BAD, "wrong")
    signed = await hostile.sign_in(username=BAD)
    assert signed.status_code == 303
    shown = [login, wrong]
    shown.append(await page_of(hostile, **FLOW))
    shown.append(await page_of(hostile, **FLOW, prompt="select_account"))
    ended = await hostile.follow(await asked(hostile, **FLOW, response_mode="form_post"))
    shown.append(ended)
    for path in ACCOUNT:
        shown.append(await browser.get(path))
    shown.append(await landed(browser, await browser.get("/oauth2/logout?client_id=evil")))
    shown.append(await browser.post("/logout", data=hidden(shown[-1]) | {"decision": "x"}))
    for page in shown:
        assert page.headers["content-type"].startswith("text/html")
        assert is_inert(page.text)
    assert all(shows(page.text) for page in shown[:-2])
    assert parameters_of(ended)["state"] == BAD


async def test_what_a_request_says_is_not_written_into_error_pages(still_world: World) -> None:
    """THREATS 42"""
    hostile: list[dict[str, Any]] = [{"client_id": BAD}, {"redirect_uri": BAD}, {BAD: "x"}]
    for changes in hostile:
        assert is_inert((await asked(still_world, **changes)).text)
    async with still_world.new_browser() as browser:
        for path in ("/login", "/consent", "/logout", "/oauth2/authorize"):
            assert is_inert((await browser.get(path, params={"flow": BAD})).text)
            assert is_inert((await browser.get(path, params={BAD: BAD})).text)
        query = "&".join(["%3Cscript%3Eboom()%3C/script%3E=1"] * 2)
        assert is_inert((await browser.get(f"/oauth2/authorize?{query}")).text)


async def test_errors_by_form_post_stay_text(still_world: World) -> None:
    """Form Post Response Mode §2, THREATS 21"""
    page = await asked(still_world, response_mode="form_post", scope=BAD, state=BAD)
    assert is_inert(page.text)
    sent = parameters_of(page)
    assert sent["state"] == BAD
    assert "<" not in sent["error_description"]


async def test_errors_hold_only_what_the_grammar_allows(still_world: World) -> None:
    """RFC 6749 §4.1.2.1 error_description; THREATS 54"""
    hostile: list[dict[str, Any]] = [
        {"scope": 'a"b\\c\r\nX: y'}, {"prompt": "ä\r\n"}, {"max_age": "<b>"},
    ]  # fmt: skip
    for changes in hostile:
        answer = await asked(still_world, **changes)
        assert "\n" not in answer.headers["location"]
        assert "%0A" not in answer.headers["location"].partition("state=")[0]
