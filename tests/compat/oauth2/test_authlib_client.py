"""Authlib's own asynchronous client through every flow."""

from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuthError

from compat.oauth2.shop import ORIGIN, VERIFIER, Shop
from compat.oauth2.tables import CALLBACK, Client
from consentry.compat.oauth2 import ResourceOwnerPasswordCredentialsGrant


def client_of(shop: Shop, client_id: str, method: str = "client_secret_basic") -> Any:
    return AsyncOAuth2Client(
        client_id,
        None if method == "none" else f"{client_id}-secret",
        token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method,
        scope="profile email",
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
        token_endpoint=f"{ORIGIN}/token",
        transport=httpx2.ASGITransport(shop.app),
    )


async def sign_in(shop: Shop, client: Any) -> Any:
    url, state = client.create_authorization_url(f"{ORIGIN}/authorize", code_verifier=VERIFIER)
    page = await shop.http.get(url, headers={"x-user": "jane"})
    assert page.json()["scope"] == "profile email"
    back = await shop.http.post(url, data={"confirm": "yes"}, headers={"x-user": "jane"})
    return await client.fetch_token(
        f"{ORIGIN}/token",
        authorization_response=back.headers["location"],
        state=state,
        code_verifier=VERIFIER,
    )


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
async def test_authlibs_client_signs_in_reads_refreshes_and_revokes(
    shop: Shop, method: str
) -> None:
    """S4 create_token_response: the code, refresh and revocation flows"""
    secret = None if method == "none" else "play-secret"
    shop.add(Client("play", secret, token_endpoint_auth_method=method))
    async with client_of(shop, "play", method) as client:
        first = await sign_in(shop, client)
        assert (await client.get(f"{ORIGIN}/me")).json() == {"user": "jane"}
        again = await client.refresh_token(f"{ORIGIN}/token")
        assert again["access_token"] != first["access_token"]
        assert (await client.get(f"{ORIGIN}/me")).status_code == 200
        if method == "none":
            return
        revoked = await client.revoke_token(
            f"{ORIGIN}/oauth/revocation", token=again["access_token"]
        )
        assert revoked.status_code == 200
        assert (await client.get(f"{ORIGIN}/me")).status_code == 401


async def test_authlibs_client_hears_why_it_was_refused(shop: Shop) -> None:
    """S4 create_token_response: errors as its client reads them"""
    async with client_of(shop, "app") as client:
        with pytest.raises(OAuthError, match="invalid_grant"):
            await client.fetch_token(
                f"{ORIGIN}/token", code="unknown", code_verifier=VERIFIER, redirect_uri=CALLBACK
            )
        client.scope = "profile admin"
        url, _ = client.create_authorization_url(f"{ORIGIN}/authorize", code_verifier=VERIFIER)
        assert (await shop.http.get(url)).json()["scope"] == "profile"
        back = await shop.http.post(url, data={"confirm": "no"}, headers={"x-user": "jane"})
        assert urlsplit(back.headers["location"]).netloc == "app.example.com"


async def test_authlibs_client_uses_the_grants_without_a_browser(shop: Shop) -> None:
    """S4 create_token_response: client credentials and password"""

    class PasswordGrant(ResourceOwnerPasswordCredentialsGrant):
        async def authenticate_user(self, username: str, password: str) -> Any:
            return shop.tables.users.get(username) if password == "right" else None

    shop.server.register_grant(PasswordGrant)
    shop.add(Client("m2m", "m2m-secret", grant_types=["client_credentials", "password"]))
    async with client_of(shop, "m2m") as client:
        own = await client.fetch_token(f"{ORIGIN}/token", grant_type="client_credentials")
        assert own["scope"] == "profile email"
    async with client_of(shop, "m2m") as client:
        await client.fetch_token(
            f"{ORIGIN}/token", grant_type="password", username="jane", password="right"
        )
        assert (await client.get(f"{ORIGIN}/me")).json() == {"user": "jane"}
        with pytest.raises(OAuthError, match="invalid_grant"):
            await client.fetch_token(
                f"{ORIGIN}/token", grant_type="password", username="jane", password="wrong"
            )
