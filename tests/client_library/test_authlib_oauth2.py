"""OAuth 2 and OpenID Connect at Authlib's own provider."""

from typing import Any

import flask
import httpx2
import pytest

from client_library.authlib_side import ADDRESS, SECRET, add_oauth2
from client_library.kit import Site, WsgiTransport
from consentry.client import OAuth, OAuthError


@pytest.fixture(scope="module")
def flask_app() -> flask.Flask:
    app = flask.Flask("authlib")
    add_oauth2(app)
    return app


@pytest.fixture
def client(oauth: OAuth, flask_app: flask.Flask) -> Any:
    """Registered as people know it."""
    return oauth.register(
        "authlib",
        client_id="printer",
        client_secret=SECRET,
        server_metadata_url=f"{ADDRESS}/.well-known/openid-configuration",
        api_base_url=f"{ADDRESS}/",
        client_kwargs={"scope": "openid profile", "transport": WsgiTransport(flask_app)},
    )


async def asked(flask_app: flask.Flask, url: str) -> str:
    """Where the provider sends the browser back to."""
    async with httpx2.AsyncClient(transport=WsgiTransport(flask_app)) as browser:
        answer = await browser.get(url)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


async def test_a_login_at_authlibs_provider(
    client: Any, site: Site, flask_app: flask.Flask
) -> None:
    """S3 authorize_redirect, S3 authorize_access_token, with PKCE required there"""
    async with site.browser() as browser:
        there = await browser.get("/login/authlib")
        returned = await browser.get(await asked(flask_app, there.headers["location"]))
    assert returned.json() == {"user": "jane"}
    assert site.last["userinfo"]["name"] == "Jane Doe"
    assert (await client.get("api", token=site.last)).json() == {"good": True}


async def test_a_refusal_at_authlibs_provider(
    client: Any, site: Site, flask_app: flask.Flask
) -> None:
    """S3 authorize_access_token: `error` raises"""
    site.asked = {"deny": "1"}
    async with site.browser() as browser:
        there = await browser.get("/login/authlib")
        returned = await browser.get(await asked(flask_app, there.headers["location"]))
    assert returned.json()["error"] == "access_denied"


async def test_tokens_of_authlibs_provider_are_renewed(
    client: Any, site: Site, flask_app: flask.Flask
) -> None:
    """S3 update_token"""
    async with site.browser() as browser:
        there = await browser.get("/login/authlib")
        await browser.get(await asked(flask_app, there.headers["location"]))
    stale = {**site.last, "expires_at": 1}
    for _ in range(2):
        assert (await client.get("api", token=stale)).json() == {"good": True}
    own = await client.fetch_access_token(scope="profile")
    assert (await client.get("api", token=own)).json() == {"good": True}
    with pytest.raises(OAuthError) as caught:
        await client.fetch_access_token(code="made-up", code_verifier="x" * 43)
    assert caught.value.error == "invalid_grant"
