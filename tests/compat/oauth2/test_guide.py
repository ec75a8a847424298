"""The guide for those who come from Authlib's OAuth 2 server, run as it stands."""

import re
from typing import Any

import httpx2
import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client

from compat.oauth2.shop import VERIFIER
from consentry.compat import oauth2
from consentry.compat.oauth2 import errors, sqla
from consentry.compat.oauth2.settings import PREFIX, ServerSettings
from consentry.jose.verify import verify
from docs.pages import ROOT, blocks

GUIDE = ROOT / "docs/from-authlib.md"
NOT_NAMES = {"flask_oauth2", "oauth2", "grants", "rfc6750", "core", "sqla_oauth2", "sqla"}
NOT_NAMES |= {"errors", "error", "code", "status_code", "status", "async_sessionmaker"}
ORIGIN = "https://shop.example.com"


@pytest.fixture(scope="module")
def guide() -> dict[str, Any]:
    """What the code of the guide makes, run from top to bottom."""
    made: dict[str, Any] = {"__name__": "guide"}
    for block in blocks(GUIDE, "python"):
        exec(compile(block, GUIDE.name, "exec", dont_inherit=True), made)  # noqa: S102
    return made


async def test_the_app_of_the_guide_works(
    guide: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """PARITY 7 get_consent_grant, create_authorization_response, create_token_response"""
    transport = httpx2.ASGITransport(guide["app"])
    async with (
        httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as browser,
        AsyncOAuth2Client(
            "photos",
            "correct horse battery staple",
            scope="openid profile",
            redirect_uri="https://photos.example.com/back",
            code_challenge_method="S256",
            token_endpoint=f"{ORIGIN}/token",
            transport=transport,
        ) as client,
    ):
        described = (await browser.get("/.well-known/oauth-authorization-server")).json()
        url, state = client.create_authorization_url(
            described["authorization_endpoint"], code_verifier=VERIFIER, nonce="n-1"
        )
        assert (await browser.get(url)).text == "May photos use openid profile?"
        back = await browser.post(url, data={"confirm": "yes"})
        assert f"iss={ORIGIN.replace(':', '%3A').replace('/', '%2F')}" in back.headers["location"]
        token = await client.fetch_token(
            described["token_endpoint"],
            authorization_response=back.headers["location"],
            state=state,
            code_verifier=VERIFIER,
        )
        found = verify(
            token["id_token"],
            [guide["signing_key"].public_jwk],
            algs=frozenset({"ES256"}),
            typ="JWT",
            now=int(guide["time"].time()),
            issuer=ORIGIN,
            audience="photos",
        )
        assert found.claims["sub"] == "jane"
        assert (await client.get(f"{ORIGIN}/me")).json() == {"user": "jane"}
        again = await client.refresh_token(f"{ORIGIN}/token")
        await client.revoke_token(f"{ORIGIN}/revoke", token=again["refresh_token"])
        assert (await client.get(f"{ORIGIN}/me")).status_code == 401
        denied = await browser.post(url.replace("n-1", "n-2"), data={"confirm": "no"})
        assert "error=access_denied" in denied.headers["location"]
        assert (await browser.get("/authorize?client_id=photo")).status_code == 400
    told = capsys.readouterr().out.splitlines()
    assert told == ["303", "photos authorization_code", "photos refresh_token", "303"]


def test_every_setting_is_in_the_guide() -> None:
    """S4 AuthorizationServer: settings by their old names"""
    named = set(re.findall(rf"^\| `{PREFIX}(\w+)`", GUIDE.read_text(), re.MULTILINE))
    known = {name.upper() for name in ServerSettings.__dataclass_fields__}
    renamed = {"ACCESS_TOKEN": "ACCESS_TOKEN_GENERATOR", "REFRESH_TOKEN": "REFRESH_TOKEN_GENERATOR"}
    renamed["EXPIRES_IN"] = "TOKEN_EXPIRES_IN"
    assert named == {renamed.get(name, name) for name in known}


def test_every_name_of_the_guide_is_there() -> None:
    """PARITY 7 naming map: importable, or a line that says what replaced it"""
    section = GUIDE.read_text().partition("## Where the names are")[2].partition("\n## ")[0]
    rows = [row for row in section.splitlines() if "the same names" in row or "mixins" in row]
    names = {name for row in rows for name in re.findall(r"`[\w.]*?(\w+)`", row)}
    there = {name for module in (oauth2, errors, sqla) for name in vars(module)}
    assert names - there <= NOT_NAMES
    assert {"AuthorizationServer", "CodeChallenge", "InvalidGrantError"} <= names


def test_every_public_name_is_importable() -> None:
    """PARITY 7 naming map"""
    assert set(oauth2.__all__) <= set(vars(oauth2))
