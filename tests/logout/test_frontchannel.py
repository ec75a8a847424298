"""Clients are told through the browser (OIDC Front-Channel Logout)."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from logout.app import FRONT, sign_out
from support.people import bought, id_claims, landed
from support.world import World, hidden, running_world

BYE = "https://shop.example/bye"
_FRAME = re.compile(r'<iframe src="([^"]*)"')


@pytest.fixture
async def world(sqlite_database: str) -> Any:
    async with running_world(sqlite_database) as made:
        yield made


def frames(page: httpx.Response) -> list[str]:
    return [unescape(one) for one in _FRAME.findall(page.text)]


def framed(page: httpx.Response) -> list[str]:
    """What the policy lets frames show."""
    found = re.search(r"frame-src ([^;]*)", page.headers["content-security-policy"])
    return found[1].split() if found else []


async def test_the_page_shows_the_addresses_of_the_sessions_apps(world: World) -> None:
    """Front-Channel Logout §2, §3"""
    await world.add_client("album", frontchannel_logout_uri=FRONT)
    await world.add_client(
        "blog", frontchannel_logout_uri=FRONT, frontchannel_logout_session_required=True
    )
    await world.add_client("elsewhere", frontchannel_logout_uri="http://127.0.0.1:9999/other")
    answers = {name: await bought(world, client_id=name) for name in ("album", "blog")}
    page = await sign_out(world.browser)
    claims = await id_claims(world, answers["blog"]["id_token"], client_id="blog")
    plain, named = frames(page)
    assert plain == FRONT
    assert named.startswith(FRONT + "&")
    query = parse_qs(urlsplit(named).query)
    assert (query["iss"], query["sid"]) == ([claims["iss"]], [claims["sid"]])
    assert framed(page) == ["http://127.0.0.1:9999"]


async def test_without_such_apps_there_is_no_frame(world: World) -> None:
    await bought(world)
    page = await sign_out(world.browser)
    assert (frames(page), framed(page)) == ([], [])


async def test_the_way_back_comes_after_the_frames(world: World) -> None:
    """RP-Initiated Logout §2, with Front-Channel Logout §3"""
    await world.add_client("album", frontchannel_logout_uri=FRONT, post_logout_redirect_uris=[BYE])
    await bought(world, client_id="album")
    asked = {"client_id": "album", "post_logout_redirect_uri": BYE, "state": 's"&'}
    page = await landed(world.browser, await world.browser.get("/oauth2/logout", params=asked))
    answer = await world.browser.post("/logout", data={**hidden(page), "decision": "logout"})
    assert answer.status_code == 200
    assert frames(answer) == [FRONT]
    onward = re.search(r'http-equiv="refresh" content="0;url=([^"]*)"', answer.text)
    assert onward is not None
    assert unescape(onward[1]) == f"{BYE}?state=s%22%26"
    assert f'href="{BYE}?state=s%22%26"' in answer.text


async def test_an_app_with_a_scheme_of_its_own_is_a_link(world: World) -> None:
    """RFC 8252 §7.1: it opens only by a click."""
    bye = "com.example.app:/bye"
    await world.add_client("album", frontchannel_logout_uri=FRONT, post_logout_redirect_uris=[bye])
    await bought(world, client_id="album")
    asked = {"client_id": "album", "post_logout_redirect_uri": bye}
    page = await landed(world.browser, await world.browser.get("/oauth2/logout", params=asked))
    answer = await world.browser.post("/logout", data={**hidden(page), "decision": "logout"})
    assert f'href="{bye}"' in answer.text
    assert "refresh" not in answer.text
    assert frames(answer) == [FRONT]


async def test_a_disabled_app_is_not_shown(world: World) -> None:
    await world.add_client("album", frontchannel_logout_uri=FRONT)
    await bought(world, client_id="album")
    stored = await world.store().clients.get("album")
    assert stored is not None
    stored.row.disabled_at = world.clock()
    await world.store().clients.save(stored.row)
    world.forget()
    assert frames(await sign_out(world.browser)) == []


async def test_discovery_says_so(world: World) -> None:
    """Back-Channel Logout §2.1, Front-Channel Logout §3"""
    document = (await world.browser.get("/.well-known/openid-configuration")).json()
    for kind in ("backchannel", "frontchannel"):
        assert document[f"{kind}_logout_supported"] is True
        assert document[f"{kind}_logout_session_supported"] is True
    assert "sid" in document["claims_supported"]
