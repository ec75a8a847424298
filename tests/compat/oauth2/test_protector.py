"""Protected resources with rows of one's own (PARITY section 5.3)."""

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from compat.oauth2.shop import Shop
from compat.oauth2.tables import CLOCK
from consentry.compat.oauth2 import current_token


async def me(shop: Shop, path: str = "/me", **headers: str) -> tuple[int, str, str]:
    """Status, challenge and body."""
    response = await shop.http.get(path, headers=headers)
    return response.status_code, response.headers.get("www-authenticate", ""), response.text


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        ("profile", 200),
        ("email orders", 200),
        ("orders email profile", 200),
        ("email", 403),
        ("orders", 403),
    ],
)
async def test_a_list_means_or_and_a_text_means_and(shop: Shop, scope: str, status: int) -> None:
    """S4 Bearer protector: OR between items, AND inside a string"""
    tokens = await shop.tokens(scope=scope)
    assert await shop.me(tokens["access_token"]) == status


async def test_every_refusal_carries_a_challenge(shop: Shop) -> None:
    """S4 Bearer protector: header always; bare without a token; scope with insufficient_scope"""
    assert await me(shop) == (401, 'Bearer realm="shop"', "")
    status, challenge, _ = await me(shop, authorization="Basic YTpi")
    assert (status, challenge) == (401, 'Bearer realm="shop"')
    status, challenge, body = await me(shop, authorization="Bearer unknown")
    assert status == 401
    assert 'error="invalid_token"' in challenge
    assert "invalid_token" in body
    narrow = await shop.tokens(scope="email")
    status, challenge, _ = await me(shop, authorization=f"Bearer {narrow['access_token']}")
    assert status == 403
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="profile"' in challenge


async def test_an_expired_or_revoked_token_is_invalid(shop: Shop) -> None:
    """S4 Bearer protector: 401 invalid_token"""
    tokens = await shop.tokens()
    CLOCK.now += 3600
    assert await shop.me(tokens["access_token"]) == 401
    fresh = await shop.tokens()
    shop.tables.tokens[-1].access_token_revoked_at = 1
    assert await shop.me(fresh["access_token"]) == 401


async def test_an_optional_route_lets_people_in_without_a_token(shop: Shop) -> None:
    """S4 Bearer protector: optional=True, yet a bad token is bad"""
    assert (await me(shop, "/maybe"))[::2] == (200, '{"user":null}')
    tokens = await shop.tokens()
    good = await me(shop, "/maybe", authorization=f"Bearer {tokens['access_token']}")
    assert good[::2] == (200, '{"user":"jane"}')
    assert (await me(shop, "/maybe", authorization="Bearer x"))[0] == 401


async def test_a_token_is_acquired_inside_a_view(shop: Shop) -> None:
    """S4 Bearer protector: acquire_token gives the row"""

    async def view(request: Request) -> Response:
        row = await shop.require_oauth.acquire_token(request, ["profile"])
        return JSONResponse({"client": row.get_client_id(), "same": row == current_token})

    shop.app.add_route("/view", view)
    tokens = await shop.tokens()
    got = await shop.http.get(
        "/view", headers={"authorization": f"Bearer {tokens['access_token']}"}
    )
    assert got.json() == {"client": "app", "same": True}
    assert (await shop.http.get("/view")).status_code == 401
    await shop.require_oauth.aclose()
