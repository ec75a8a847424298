"""Per-view scopes."""

import pytest

from compat.provider.mounted import FORM, Mounted
from consentry.compat.provider import accepted_scopes
from consentry.compat.provider.utils import long_token
from consentry.spec.errors import InvalidScope


async def test_a_view_is_reached_with_any_scope_it_accepts(mounted: Mounted) -> None:
    """S2 later forks: per-view accepted scopes"""
    for scope in ("read", "write"):
        token = (await mounted.bought(scope=scope))["access_token"]
        seen = await mounted.browser.get("/photos", headers={"Authorization": f"Bearer {token}"})
        assert (seen.status_code, seen.text) == (200, "jane")


async def test_a_refusal_lists_what_is_accepted_and_what_is_held(mounted: Mounted) -> None:
    """S2 later forks: body listing accepted and held scopes"""
    token = (await mounted.bought())["access_token"]
    seen = await mounted.browser.get("/upload", headers={"Authorization": f"Bearer {token}"})
    assert seen.status_code == 403
    assert seen.json()["error"] == "insufficient_scope"
    assert (seen.json()["accepted_scopes"], seen.json()["held_scopes"]) == (["write"], ["read"])
    challenge = seen.headers["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge and 'scope="write"' in challenge


@pytest.mark.parametrize("header", [None, "Basic cHJpbnRlcjp4"])
async def test_without_a_token_no_error_is_named(mounted: Mounted, header: str | None) -> None:
    """S2 later forks: per-view accepted scopes; RFC 6750 §3.1"""
    headers = {"Authorization": header} if header else {}
    seen = await mounted.browser.get("/photos", headers=headers)
    assert (seen.status_code, seen.json()) == (401, {})
    assert seen.headers["www-authenticate"] == 'Bearer realm="oauth", scope="write read"'


@pytest.mark.parametrize("token", ["cns_at_nothing", "0123456789abcdef", long_token()], ids=len)
async def test_an_unknown_token_is_an_invalid_one(mounted: Mounted, token: str) -> None:
    """S2 later forks: per-view accepted scopes"""
    seen = await mounted.browser.get("/photos", headers={"Authorization": f"Bearer {token}"})
    assert (seen.status_code, seen.json()["error"]) == (401, "invalid_token")
    assert 'error="invalid_token"' in seen.headers["www-authenticate"]


async def test_an_expired_token_is_an_invalid_one(mounted: Mounted) -> None:
    """S2 AccessToken fields: expires"""
    token = (await mounted.bought())["access_token"]
    mounted.clock.move(3_600)
    assert not await mounted.works(token)


async def test_a_token_in_query_or_body_is_not_looked_at(mounted: Mounted) -> None:
    """S2 later forks: middleware from query or body token: no"""
    token = (await mounted.bought())["access_token"]
    seen = await mounted.browser.get(f"/photos?access_token={token}")
    assert (seen.status_code, seen.json()) == (401, {})
    seen = await mounted.browser.request(
        "GET", "/photos", content=f"access_token={token}", headers=FORM
    )
    assert seen.status_code == 401


async def test_a_malformed_header_is_a_bad_request(mounted: Mounted) -> None:
    """S2 later forks: per-view accepted scopes; RFC 6750 §3.1"""
    for headers in (
        [("Authorization", "Bearer a b")],
        [("Authorization", "Bearer a"), ("Authorization", "Bearer b")],
    ):
        seen = await mounted.browser.get("/photos", headers=headers)
        assert (seen.status_code, seen.json()["error"]) == (400, "invalid_request")


def test_a_scope_that_is_none_is_refused_at_once(mounted: Mounted) -> None:
    """S2 scope.to_int strict mode"""
    with pytest.raises(InvalidScope):
        accepted_scopes(mounted.provider, "nothing")
