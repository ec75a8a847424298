"""The revocation and introspection endpoints (PARITY section 5.3)."""

import pytest

from compat.oauth2.shop import Shop, basic
from compat.oauth2.tables import CLOCK, Client


async def test_a_revoked_token_is_refused_at_once(shop: Shop) -> None:
    """S4 Revocation: 200 with an empty object"""
    tokens = await shop.tokens()
    response = await shop.post("/oauth/revocation", "app", token=tokens["access_token"])
    assert (response.status_code, response.json()) == (200, {})
    assert response.headers["cache-control"] == "no-store"
    assert await shop.me(tokens["access_token"]) == 401
    assert (await shop.refresh(tokens["refresh_token"])).status_code == 200


async def test_a_revoked_refresh_token_takes_its_access_token_along(shop: Shop) -> None:
    """S4 Revocation: THREATS 16"""
    tokens = await shop.tokens()
    await shop.post("/oauth/revocation", "app", token=tokens["refresh_token"])
    assert await shop.me(tokens["access_token"]) == 401
    assert (await shop.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "pigeon", ""])
async def test_a_hint_is_never_fatal(shop: Shop, hint: str) -> None:
    """S4 Revocation: unknown token 200, unknown hint no error"""
    form = {"token": "unknown", "token_type_hint": hint}
    assert (await shop.post("/oauth/revocation", "app", **form)).status_code == 200
    tokens = await shop.tokens()
    form["token"] = tokens["access_token"]
    assert (await shop.post("/oauth/revocation", "app", **form)).status_code == 200
    assert await shop.me(tokens["access_token"]) == 401


async def test_a_foreign_token_is_not_revoked(shop: Shop) -> None:
    """S4 Revocation: and nobody learns that it exists"""
    tokens = await shop.tokens()
    shop.add(Client("other", "other-secret"))
    response = await shop.post("/oauth/revocation", "other", token=tokens["access_token"])
    assert (response.status_code, response.json()) == (200, {})
    assert await shop.me(tokens["access_token"]) == 200


@pytest.mark.parametrize("endpoint", ["revocation", "introspection"])
async def test_a_client_authenticates_at_each_endpoint(shop: Shop, endpoint: str) -> None:
    """S4 check_endpoint_auth_method: revocation, introspection"""
    form = {"token": "x"}
    path = f"/oauth/{endpoint}"
    assert (await shop.http.post(path, data=form)).status_code == 401
    wrong = await shop.http.post(path, data=form, headers=basic("app", "wrong"))
    assert wrong.json()["error"] == "invalid_client"
    in_body = {**form, "client_id": "app", "client_secret": "app-secret"}
    assert (await shop.http.post(path, data=in_body)).json()["error"] == "invalid_client"
    missing = await shop.http.post(path, data={"x": "y"}, headers=basic("app"))
    assert missing.json()["error"] == "invalid_request"


async def test_introspection_tells_a_client_of_its_own_tokens(shop: Shop) -> None:
    """S4 Revocation: its sibling of RFC 7662"""
    tokens = await shop.tokens()
    form = {"token": tokens["access_token"]}
    told = (await shop.post("/oauth/introspection", "app", **form)).json()
    assert (told["active"], told["sub"], told["scope"]) == (True, "jane", "profile")
    shop.add(Client("other", "other-secret"))
    assert (await shop.post("/oauth/introspection", "other", **form)).json() == {"active": False}
    unknown = await shop.post("/oauth/introspection", "app", token="unknown")
    assert unknown.json() == {"active": False}
    CLOCK.now += 3600
    assert (await shop.post("/oauth/introspection", "app", **form)).json() == {"active": False}
