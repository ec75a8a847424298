"""The guide for people who come from another client registry, run as it stands."""

from collections.abc import AsyncIterator
from typing import Any

import flask
import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from client_library.authlib_side import add_oauth1
from client_library.kit import Provider, WsgiTransport
from client_library.platform_side import approved
from consentry.client import OAuth
from docs.pages import ROOT, blocks
from support.world import World

GUIDE = ROOT / "docs/from-flask.md"
APP = "https://app.example.com"
PRINTS, STRANGE = "https://prints.example.com", "https://strange.example.com"


@pytest.fixture(scope="module")
def strange() -> Provider:
    """The provider that strays."""
    return Provider(STRANGE)


@pytest.fixture(scope="module")
async def guide(world: World, strange: Provider) -> AsyncIterator[dict[str, Any]]:
    """What the guide's code makes; its registries reach the servers it names."""
    await world.add_client(
        "webapp", secret="s6BhdRkqt3s6BhdRkqt3", redirect_uris=[f"{APP}/callback"]
    )
    old = flask.Flask("prints")
    add_oauth1(old, ["HMAC-SHA1"])
    # The platform stands for every host that is not mounted.
    mounts: dict[str, Any] = {PRINTS: WsgiTransport(old), STRANGE: strange.transport}
    reach = {"transport": httpx2.ASGITransport(world.app), "mounts": mounts}
    made: dict[str, Any] = {"__name__": "guide", "reach": reach}
    for block in blocks(GUIDE, "python"):
        code = block.replace("OAuth(config", "OAuth(config, http=reach")
        exec(compile(code, GUIDE.name, "exec", dont_inherit=True), made)  # noqa: S102
    yield made
    for registry in ("oauth", "keeping", "sealed"):
        await made[registry].aclose()


def browser(app: Starlette) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=APP)


def of(user: str) -> Request:
    """A request of a user of the app."""
    return Request({"type": "http", "headers": [(b"x-user", user.encode())]})


async def token_of_jane(world: World, oauth: OAuth) -> Any:
    begun = await oauth.photos.create_authorization_url(f"{APP}/callback", scope="openid profile")
    answer = httpx2.URL(await approved(world, begun["url"]))
    return await oauth.photos.fetch_access_token(
        code=answer.params["code"], redirect_uri=f"{APP}/callback",
        code_verifier=begun["code_verifier"],
    )  # fmt: skip


async def test_the_login_of_the_guide_works(guide: dict[str, Any], world: World) -> None:
    """PARITY 7 naming map: OAuth, authorize_redirect, authorize_access_token"""
    async with browser(guide["app"]) as jane:
        there = await jane.get("/login")
        back = await jane.get(await approved(world, there.headers["location"]))
        assert back.json()["name"] == "Jane Doe"
        again = await jane.get(f"{APP}/callback?state=made-up&code=c")
        assert again.json() == {"error": "mismatching_state"}


async def test_the_oauth_1_login_of_the_guide_works(guide: dict[str, Any]) -> None:
    """PARITY 7 naming map: the same names for OAuth 1"""
    async with browser(guide["app"]) as jane:
        there = await jane.get("/connect")
        prints = guide["reach"]["mounts"][PRINTS]
        async with httpx2.AsyncClient(transport=prints) as provider:
            approved_there = await provider.get(there.headers["location"])
        back = await jane.get(approved_there.headers["location"])
        assert back.json() == {"size": "large"}


async def test_the_kept_tokens_of_the_guide_are_renewed(
    guide: dict[str, Any], world: World
) -> None:
    """PARITY 7 naming map: fetch_token and update_token"""
    token = await token_of_jane(world, guide["keeping"])
    guide["tokens"]["jane", "photos"] = {**token, "expires_at": 1}
    answer = await guide["me"](of("jane"))
    assert b'"name":"Jane Doe"' in answer.body
    kept = guide["tokens"]["jane", "photos"]
    assert kept["access_token"] != token["access_token"]


async def test_the_vault_of_the_guide_is_sealed(guide: dict[str, Any], world: World) -> None:
    """S3 fetch_token: default reads the token vault"""
    token = await token_of_jane(world, guide["sealed"])
    await guide["keep"](of("jane"), token)
    assert b'"name":"Jane Doe"' in (await guide["mine"](of("jane"))).body
    [sealed] = guide["rows"].values()
    assert token["access_token"].encode() not in sealed


async def test_the_fix_of_the_guide_is_one(guide: dict[str, Any], strange: Provider) -> None:
    """PARITY 7 naming map: compliance_fix"""
    strange.token = {"access_token": "at-1"}
    client = guide["oauth"].strange
    token = await client.fetch_access_token()
    answer = (await client.get("things", token=token)).json()
    assert answer["headers"]["x-version"] == "2"


def test_every_name_of_the_guide_is_there() -> None:
    """PARITY 7 naming map"""
    from consentry import client

    page = GUIDE.read_text()
    for name in client.__all__:
        assert hasattr(client, name)
    for name in ("OAuth1App", "OAuth2App", "MismatchingState", "InvalidToken", "private_key_jwt"):
        assert f"`{name}" in page
        assert name in client.__all__
