"""The guide, run from its first block to its last."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from consentry.compat import provider as package
from consentry.compat.provider import constants, forms, utils, views
from consentry.operations.manifest import Manifest
from docs.pages import ROOT, blocks, text_of

GUIDE = ROOT / "docs/from-django-oauth2-provider.md"
CLIENT = ("1b2a3c4d5e6f7a8b9c0d", "0123456789abcdef0123456789abcdef01234567")
READY = "https://printer.example/ready?shop=7"


@pytest.fixture(scope="module")
def said() -> dict[str, Any]:
    """What the blocks define."""
    names: dict[str, Any] = {}
    for block in blocks(GUIDE, "python"):
        exec(compile(block, str(GUIDE), "exec"), names)  # noqa: S102
    return names


async def test_the_app_of_the_guide_gives_tokens(said: dict[str, Any]) -> None:
    """S2 Extending, S2 URLs"""
    transport = httpx2.ASGITransport(app=said["app"])
    async with httpx2.AsyncClient(transport=transport, base_url="https://x.example") as browser:
        browser.cookies.set("user", "jane")
        asked = {"response_type": "code", "client_id": CLIENT[0], "redirect_uri": READY}
        seen = await browser.get("/oauth2/authorize/", params=asked)
        while (onward := seen.headers["location"]).startswith("/"):
            seen = await browser.get(onward)
        code = parse_qs(urlsplit(onward).query)["code"][0]
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": READY}
        bought = (await browser.post("/oauth2/access_token/", data=fields, auth=CLIENT)).json()
        headers = {"Authorization": f"Bearer {bought['access_token']}"}
        assert (await browser.get("/photos", headers=headers)).json() == {"of": "jane"}
    assert said["Counted"].made == [("jane", CLIENT[0])]


def test_the_manifest_of_the_guide_is_one(said: dict[str, Any]) -> None:
    """S2 settings: tenant policy"""
    [tenant] = Manifest.parse(said["text"]).tenants
    assert tenant.slug == "photos"


def test_the_names_of_the_reference_are_there() -> None:
    """PARITY 7 scope.check, scope.to_int, scope.to_names"""
    assert callable(package.scope.check) and callable(package.scope.to_int)
    assert callable(package.scope.to_names) and package.scope.names is package.scope.to_names
    for name in ("Capture", "Authorize", "Redirect", "AccessToken", "Mixin", "OAuthView"):
        assert isinstance(getattr(views, name), type)
    for name in ("AuthorizationForm", "OAuthForm", "ScopeChoiceField", "ScopeMixin", "ClientForm"):
        assert isinstance(getattr(forms, name), type)
    assert callable(utils.short_token) and callable(utils.long_token)
    assert constants.READ_WRITE == 6


def test_every_method_the_guide_says_to_override_is_one() -> None:
    """S2 Extending"""
    rows = text_of(GUIDE).split("| view | methods |")[1].split("\n\n")[0].splitlines()[2:]
    for row in rows:
        view, methods = (cell.strip().replace("`", "") for cell in row.strip("|").split("|"))
        owner = views.Mixin if view == "all" else getattr(views, view)
        for name in methods.split(", "):
            assert hasattr(owner, name), f"{view}.{name}"
