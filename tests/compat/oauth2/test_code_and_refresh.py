"""The code and refresh token grants (PARITY section 5.3)."""

import asyncio
from typing import Any

import pytest

from compat.oauth2.given import code_grant, refresh_grant
from compat.oauth2.shop import CHALLENGE, VERIFIER, Shop, answer_of
from compat.oauth2.tables import CALLBACK, CLOCK, Client
from consentry.compat.oauth2 import CodeChallenge
from consentry.compat.oauth2.calls import was_taken


async def refused(shop: Shop, code: str, client_id: str = "app", **more: str) -> str:
    response = await shop.redeem(code, client_id, **more)
    assert response.status_code == 400, response.text
    error: str = response.json()["error"]
    return error


async def test_a_code_is_bound_to_its_client_and_address(shop: Shop) -> None:
    """S4 Code grant: what does not fit spends nothing. THREATS 14"""
    code = await shop.code()
    assert len(code) == 48
    shop.add(Client("other", "other-secret"))
    assert await refused(shop, code, "other") == "invalid_grant"
    assert await refused(shop, code, redirect_uri="https://app.example.com/other") == (
        "invalid_grant"
    )
    assert await refused(shop, code, redirect_uri="") == "invalid_grant"
    assert await refused(shop, "unknown") == "invalid_grant"
    assert await refused(shop, "") == "invalid_request"
    assert (await shop.redeem(code)).status_code == 200


async def test_a_redirect_uri_that_was_omitted_may_stay_so(shop: Shop) -> None:
    """S4 Code grant: RFC 6749 §4.1.3"""
    for given, fits in (("", True), (CALLBACK, True), ("https://else.example/", False)):
        code = await shop.code(redirect_uri=None)
        response = await shop.redeem(code, redirect_uri=given)
        assert (response.status_code == 200) == fits


async def test_a_client_needs_the_grant(shop: Shop) -> None:
    """S4 Code grant: unauthorized_client, and a refresh token only if the client may"""
    code = await shop.code()
    app = shop.tables.clients["app"]
    app.set_client_metadata({**app.client_metadata, "grant_types": ["refresh_token"]})
    assert await refused(shop, code) == "unauthorized_client"
    app.set_client_metadata({**app.client_metadata, "grant_types": ["authorization_code"]})
    assert "refresh_token" not in (await shop.redeem(code)).json()


async def test_a_code_dies_within_a_minute(shop: Shop) -> None:
    """S4 Code grant: expired is invalid_grant"""
    code = await shop.code()
    CLOCK.now += 60
    assert await refused(shop, code) == "invalid_grant"


async def test_a_code_of_a_person_who_left_is_worth_nothing(shop: Shop) -> None:
    """S4 Code grant: authenticate_user"""
    code = await shop.code()
    del shop.tables.users["jane"]
    assert await refused(shop, code) == "invalid_grant"


async def test_a_second_use_of_a_code_ends_what_the_first_bought(shop: Shop) -> None:
    """S4 Code grant: consume first. THREATS 14"""
    code = await shop.code()
    first = (await shop.redeem(code)).json()
    assert await shop.me(first["access_token"]) == 200
    assert await refused(shop, code) == "invalid_grant"
    assert await shop.me(first["access_token"]) == 401
    assert (await shop.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"


async def test_another_client_ends_nothing_by_a_code_that_is_not_its(shop: Shop) -> None:
    """S4 Code grant: only its own client's second use counts"""
    code = await shop.code()
    first = (await shop.redeem(code)).json()
    shop.add(Client("other", "other-secret"))
    assert await refused(shop, code, "other") == "invalid_grant"
    assert await shop.me(first["access_token"]) == 200


async def test_of_many_at_once_one_redeems_a_code(shop: Shop) -> None:
    """S4 Code grant: consume first, one winner"""
    code = await shop.code()
    answers = await asyncio.gather(*(shop.redeem(code) for _ in range(20)))
    assert sum(one.status_code == 200 for one in answers) == 1


async def test_deleting_a_code_must_tell_who_won() -> None:
    """S4 Code grant: a method that returns nothing cannot lose a race"""
    with pytest.raises(TypeError, match="delete_authorization_code must return"):
        await was_taken(None, "delete_authorization_code")


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
    ],
)
async def test_every_client_proves_it_asked_by_s256(
    shop: Shop, asked: dict[str, str | None], error: str
) -> None:
    """S4 PKCE: S256 only, required for all. THREATS 13"""
    for client_id in ("app", "native"):
        assert answer_of(await shop.ask(client_id, **asked))["error"] == error


@pytest.mark.parametrize(
    ("verifier", "error"),
    [
        ("w" * 43, "invalid_grant"),
        ("", "invalid_grant"),
        ("v" * 42, "invalid_request"),
        ("v" * 129, "invalid_request"),
        (CHALLENGE, "invalid_grant"),
    ],
)
async def test_a_verifier_has_to_fit(shop: Shop, verifier: str, error: str) -> None:
    """S4 PKCE: 43 to 128 characters, failure is invalid_grant"""
    code = await shop.code()
    assert await refused(shop, code, code_verifier=verifier) == error
    assert (await shop.redeem(code)).status_code == 200


async def test_confidential_clients_may_be_freed_of_it_public_ones_not(shop: Shop) -> None:
    """S4 PKCE: CodeChallenge(required=False)"""
    free = Shop()
    free.server.register_grant(code_grant(free.tables), [CodeChallenge(required=False)])
    assert (
        answer_of(await free.ask("native", code_challenge=None, code_challenge_method=None))[
            "error"
        ]
        == "invalid_request"
    )
    code = await free.code(code_challenge=None, code_challenge_method=None)
    # A verifier without challenge is refused (RFC 9700 §4.8.2).
    assert await refused(free, code) == "invalid_grant"
    assert (await free.redeem(code, code_verifier="")).status_code == 200
    challenged = await free.code()
    assert await refused(free, challenged, code_verifier="") == "invalid_grant"


async def test_a_stored_challenge_of_another_method_is_worth_nothing(shop: Shop) -> None:
    """S4 PKCE: rows an older server left behind"""
    code = await shop.code()
    shop.tables.codes[code].code_challenge_method = "plain"
    assert await refused(shop, code) == "invalid_grant"
    shop.tables.codes[code].code_challenge = VERIFIER
    assert await refused(shop, code) == "invalid_grant"
    shop.tables.codes[code].code_challenge = None
    assert await refused(shop, code, code_verifier="") == "invalid_request"


async def test_whoever_overrides_the_checks_keeps_the_proof_key(shop: Shop) -> None:
    """S4 hooks: run by the server, so no override leaves them out"""
    careless = Shop()

    class Careless(code_grant(careless.tables)):  # type: ignore[misc]
        async def validate_token_request(self) -> None:
            await super().validate_token_request()

    careless.server.register_grant(Careless)
    assert await refused(careless, await careless.code(), code_verifier="w" * 43) == (
        "invalid_grant"
    )


async def test_a_refresh_token_rotates(shop: Shop) -> None:
    """S4 Refresh: rotation on"""
    first = await shop.tokens(scope="profile email")
    second = (await shop.refresh(first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["scope"] == "profile email"
    assert await shop.me(second["access_token"]) == 200
    assert (await shop.refresh(second["refresh_token"])).status_code == 200


async def test_a_spent_refresh_token_ends_its_family(shop: Shop) -> None:
    """S4 Refresh: THREATS 15"""
    first = await shop.tokens()
    second = (await shop.refresh(first["refresh_token"])).json()
    other = await shop.tokens()
    assert (await shop.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
    assert await shop.me(second["access_token"]) == 401
    assert (await shop.refresh(second["refresh_token"])).json()["error"] == "invalid_grant"
    assert await shop.me(other["access_token"]) == 200


async def test_of_many_at_once_one_refreshes(shop: Shop) -> None:
    """S4 Refresh: one winner"""
    first = await shop.tokens()
    token = first["refresh_token"]
    answers = await asyncio.gather(*(shop.refresh(token) for _ in range(20)))
    assert sum(one.status_code == 200 for one in answers) == 1


async def test_a_refresh_narrows_and_never_widens(shop: Shop) -> None:
    """S4 Refresh: wider scope invalid_scope, missing token invalid_request. THREATS 19"""
    first = await shop.tokens(scope="profile email")
    token = first["refresh_token"]
    wide = await shop.refresh(token, scope="profile orders")
    assert wide.json()["error"] == "invalid_scope"
    assert (await shop.refresh(token, scope="email")).json()["scope"] == "email"
    assert (await shop.ask_token("refresh_token", "app")).json()["error"] == "invalid_request"


async def test_a_refresh_token_is_its_clients_alone(shop: Shop) -> None:
    """S4 Refresh: unknown, foreign and access tokens are invalid_grant. THREATS 18"""
    first = await shop.tokens()
    for client_id, token in (
        ("native", first["refresh_token"]),
        ("app", "unknown"),
        ("app", first["access_token"]),
    ):
        response = await shop.refresh(token, client_id)
        assert response.json()["error"] == "invalid_grant"
    del shop.tables.users["jane"]
    assert (await shop.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"


async def test_only_clients_that_authenticate_may_keep_a_refresh_token() -> None:
    """S4 Refresh: INCLUDE_NEW_REFRESH_TOKEN off, never for public clients (RFC 9700 §4.14.2)"""
    shop = Shop()
    shop.server.register_grant(code_grant(shop.tables))
    shop.server.register_grant(refresh_grant(shop.tables, rotates=False))
    kept = await shop.tokens()
    for _ in range(2):
        again = await shop.refresh(kept["refresh_token"])
        assert again.status_code == 200
        assert "refresh_token" not in again.json()
    shop.tables.tokens[0].refresh_token_revoked_at = 1
    assert (await shop.refresh(kept["refresh_token"])).json()["error"] == "invalid_grant"
    public = await shop.tokens("native")
    assert "refresh_token" in (await shop.refresh(public["refresh_token"], "native")).json()


async def test_families_need_nobody_to_keep_them(shop: Shop) -> None:
    """S4 Refresh: without revoke_family a second use is refused all the same"""
    shop.server._revoke_family = None
    code = await shop.code()
    first: dict[str, Any] = (await shop.redeem(code)).json()
    assert await refused(shop, code) == "invalid_grant"
    assert await shop.me(first["access_token"]) == 200
