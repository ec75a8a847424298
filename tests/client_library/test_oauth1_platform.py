"""OAuth 1.0a at the platform."""

from typing import Any

import httpx2
import pytest

from client_library.kit import APP, SECRET, Site
from client_library.platform_side import ISSUER, approved
from client_library.test_oauth1 import PRIVATE, PUBLIC
from consentry.client import OAuth, OAuthError
from support.world import World

METHODS = [
    "HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "RSA-SHA1", "RSA-SHA256", "RSA-SHA512",
]  # fmt: skip


@pytest.fixture(scope="module")
async def printers(world: World) -> World:
    """A client for each family of methods, which may sign with all of it."""
    for name in ("hmac", "rsa"):
        await world.add_client(
            f"old-{name}", protocols=["oauth1"], grant_types=[], scope="photos.read",
            redirect_uris=[f"{APP}/callback/old-{name}"], oauth1_rsa_public_key=PUBLIC,
            oauth1_signature_methods=[one for one in METHODS if one.lower().startswith(name)],
        )  # fmt: skip
    # Jane approves; Joe, who never did, is asked.
    await world.add_user("joe")
    return world


def at_platform(world: World, oauth: OAuth, method: str, kind: str = "HEADER") -> Any:
    name = f"old-{method.partition('-')[0].lower()}"
    transport = httpx2.ASGITransport(world.app, client=("203.0.113.9", 4711))
    return oauth.register(
        name, client_id=name, client_secret=SECRET, request_token_url=f"{ISSUER}/oauth1/initiate",
        authorize_url=f"{ISSUER}/oauth1/authorize", access_token_url=f"{ISSUER}/oauth1/token",
        api_base_url=f"{ISSUER}/api/v1/",
        client_kwargs={
            "transport": transport, "signature_method": method, "signature_type": kind,
            "rsa_key": PRIVATE,
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    ("method", "kind"),
    [*((one, "HEADER") for one in METHODS), ("HMAC-SHA256", "QUERY"), ("HMAC-SHA256", "BODY")],
)
async def test_a_login_at_the_platform(
    printers: World, oauth: OAuth, site: Site, method: str, kind: str
) -> None:
    """S3 client_kwargs 1.0, S3 authorize_redirect and authorize_access_token for 1.0"""
    client = at_platform(printers, oauth, method, kind)
    async with site.browser() as browser:
        there = await browser.get(f"/login/{client.name}")
        assert there.status_code == 302, there.text
        returned = await browser.get(await approved(printers, there.headers["location"]))
        assert returned.status_code == 200, returned.text
    answer = await client.get("whoami", token=site.last)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["client_id"], told["protocol"]) == (client.name, "oauth1")


async def test_a_refusal_at_the_platform(printers: World, oauth: OAuth, site: Site) -> None:
    """S3 authorize_access_token, 1.0: the user says no"""
    client = at_platform(printers, oauth, "HMAC-SHA256")
    async with site.browser() as browser, printers.new_browser() as joe:
        there = await browser.get(f"/login/{client.name}")
        page = await joe.get(there.headers["location"])
        answer = await printers.follow(page, joe, username="joe", decision="deny")
        returned = await browser.get(answer.headers["location"])
    assert returned.status_code == 400
    assert returned.json()["error"] == "user_refused"


async def test_the_platforms_refusal_is_told(printers: World, oauth: OAuth) -> None:
    client = at_platform(printers, oauth, "HMAC-SHA256")
    with pytest.raises(OAuthError) as caught:
        await client.create_authorization_url("https://evil.example/")
    assert caught.value.error == "parameter_rejected"
    with pytest.raises(OAuthError) as caught:
        await client.fetch_access_token({"oauth_token": "x", "oauth_token_secret": "y"}, "v")
    assert caught.value.error == "signature_invalid"
