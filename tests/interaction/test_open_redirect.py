"""After a page people go to our own paths or to registered addresses, nowhere else (THREATS 45)."""

from urllib.parse import urlsplit

import pytest

from support.people import asked, is_error_page, page_of
from support.world import CALLBACK, PASSWORD, World, hidden

ELSEWHERE = [
    "https://evil.example/", "//evil.example/", "/\\evil.example/", "\\\\evil.example",
    "%2F%2Fevil.example", "https:evil.example", "javascript:alert(1)", " //evil.example",
    "/%09/evil.example", "data:text/html,x", "http://photos.localhost:8000@evil.example/",
]  # fmt: skip
NAMES = ("next", "return_to", "redirect", "redirect_uri", "continue", "url", "rd", "to")
PATHS = ("/login", "/logout", "/account", "/consent", "/login/select", "/oauth2/authorize")


def leads_away(location: str) -> bool:
    """Whether a browser would leave our host for anywhere."""
    parts = urlsplit(location.replace("\\", "/"))
    return bool(parts.scheme or parts.netloc) or not location.startswith("/")


@pytest.mark.parametrize("target", ELSEWHERE)
async def test_no_parameter_of_a_page_leads_away(still_world: World, target: str) -> None:
    """THREATS 45"""
    for path in PATHS:
        for name in (*NAMES, "flow", "post_logout_redirect_uri"):
            answer = await still_world.browser.get(path, params={name: target})
            assert not leads_away(answer.headers.get("location", "/"))
            assert "evil.example" not in answer.text


async def test_no_field_of_a_form_leads_away(world: World) -> None:
    """THREATS 45"""
    for target in ELSEWHERE:
        extra = dict.fromkeys(NAMES, target)
        page = await world.browser.get("/login")
        fields = hidden(page) | {"username": "jane", "password": PASSWORD} | extra
        signed = await world.browser.post("/login", data=fields, params=extra)
        assert signed.headers["location"] == "/account"
        out = await world.browser.get("/logout")
        fields = hidden(out) | {"decision": "logout"} | extra
        gone = await world.browser.post("/logout", data=fields, params=extra)
        assert "location" not in gone.headers
        fields = hidden(page) | {"flow": target, "username": "jane", "password": PASSWORD}
        assert is_error_page(await world.browser.post("/login", data=fields))


@pytest.mark.parametrize("target", ELSEWHERE)
async def test_no_answer_goes_to_an_address_that_is_not_registered(
    still_world: World, target: str
) -> None:
    """RFC 9700 §4.11.1, THREATS 10, 45"""
    for path, name in (("authorize", "redirect_uri"), ("logout", "post_logout_redirect_uri")):
        sent = {"client_id": "printer", "response_type": "code", name: target}
        answer = await still_world.browser.get(f"/oauth2/{path}", params=sent)
        assert is_error_page(answer)
        assert "evil.example" not in answer.headers.get("content-security-policy", "")


async def test_the_host_header_does_not_decide_where_pages_lead(world: World) -> None:
    """THREATS 33"""
    answer = await world.browser.get("/account", headers={"Host": "evil.example"})
    assert answer.status_code == 404
    answer = await asked(world)
    assert answer.headers["location"].startswith("/login?")


async def test_a_decided_flow_returns_only_to_the_address_it_began_with(world: World) -> None:
    """THREATS 45"""
    await world.sign_in()
    page = await page_of(world)
    fields = hidden(page) | {"decision": "approve", "redirect_uri": "https://evil.example"}
    decided = await world.browser.post("/consent", data=fields)
    ended = await world.browser.get(
        decided.headers["location"] + "&redirect_uri=https://evil.example"
    )
    assert ended.headers["location"].startswith(CALLBACK + "?")
