"""The userinfo endpoint (OIDC Core §5.3, RFC 6750)."""

from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet

from support.people import ISSUER, bought, id_claims
from support.world import World

PATH = "/oauth2/userinfo"
FORM = "application/x-www-form-urlencoded"


async def request(world: World, method: str, **options: Any) -> httpx.Response:
    """One request without cookies."""
    async with world.new_browser() as client:
        return await client.request(method, PATH, **options)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_claims_follow_the_scope(world: World) -> None:
    """OIDC Core §5.4"""
    await world.add_client("mailer", scope="openid email")
    profile = (await world.userinfo((await bought(world))["access_token"])).json()
    assert profile["name"] == "Jane Doe"
    assert "email" not in profile
    token = (await bought(world, client_id="mailer", scope="openid email"))["access_token"]
    email = (await world.userinfo(token)).json()
    assert set(email) == {"sub", "email", "email_verified"}


async def test_sub_is_that_of_the_id_token(world: World) -> None:
    """OIDC Core §5.3.2"""
    answer = await bought(world)
    told = (await world.userinfo(answer["access_token"])).json()
    assert told["sub"] == (await id_claims(world, answer["id_token"]))["sub"]


async def test_a_token_may_come_in_the_header_or_in_a_posted_form(world: World) -> None:
    """OIDC Core §5.3.1, RFC 6750 §2.1, §2.2"""
    token = (await bought(world))["access_token"]
    answers = [
        await request(world, "GET", headers=bearer(token)),
        await request(world, "GET", headers={"Authorization": f"bearer {token}"}),
        await request(world, "POST", headers=bearer(token)),
        await request(world, "POST", headers=bearer(token), json={}),
        await request(world, "POST", data={"access_token": token}),
    ]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert len({answer.content for answer in answers}) == 1
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


async def test_a_token_in_the_query_counts_for_nothing(world: World) -> None:
    """RFC 6750 §2.3, THREATS 18"""
    token = (await bought(world))["access_token"]
    for method in ("GET", "POST"):
        answer = await request(world, method, params={"access_token": token})
        assert answer.status_code == 401


async def test_a_token_in_a_body_that_is_no_form_counts_for_nothing(world: World) -> None:
    """RFC 6750 §2.2"""
    token = (await bought(world))["access_token"]
    answer = await request(world, "POST", json={"access_token": token})
    assert answer.status_code == 401


async def test_no_token_is_a_challenge_without_an_error(still_world: World) -> None:
    """RFC 6750 §3.1"""
    for headers in ({}, {"Authorization": "Basic Zm9vOmJhcg=="}):
        answer = await request(still_world, "GET", headers=headers)
        assert answer.status_code == 401
        assert answer.content == b""
        assert answer.headers["www-authenticate"].startswith("Bearer ")
        assert "error" not in answer.headers["www-authenticate"]


async def test_two_tokens_are_refused(world: World) -> None:
    """RFC 6750 §2: one method a request."""
    token = (await bought(world))["access_token"]
    both = await request(world, "POST", headers=bearer(token), data={"access_token": token})
    twice = await request(
        world, "POST", content=f"access_token={token}&access_token={token}",
        headers={"Content-Type": FORM},
    )  # fmt: skip
    headers = [("Authorization", f"Bearer {token}")] * 2
    headed = await request(world, "GET", headers=headers)
    for answer in (both, twice, headed):
        assert answer.status_code == 400
        assert answer.json()["error"] == "invalid_request"


async def test_a_token_that_is_none_is_invalid(still_world: World) -> None:
    """RFC 6750 §3.1"""
    for text in ("x", "ä", "", "a b", "x" * 5_000):
        headers = [(b"Authorization", b"Bearer " + text.encode())]
        answer = await request(still_world, "GET", headers=headers)
        assert answer.status_code in (400, 401)
        assert answer.json()["error"] in ("invalid_token", "invalid_request")


async def test_without_openid_the_scope_does_not_suffice(world: World) -> None:
    """OIDC Core §5.3, RFC 6750 §3.1"""
    answer = await world.userinfo((await bought(world, scope="photos.read"))["access_token"])
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
    assert 'scope="openid"' in answer.headers["www-authenticate"]


async def test_a_clients_own_token_is_about_nobody(world: World) -> None:
    """RFC 6749 §4.4"""
    granted = await world.token({"grant_type": "client_credentials", "scope": "photos.read"})
    assert (await world.userinfo(granted.access_token)).status_code == 403


async def test_a_token_for_an_api_alone_is_not_for_us(world: World) -> None:
    """RFC 8707 §2, THREATS 31"""
    await world.add_api("https://api.example")
    answer = await bought(world, scope="photos.read", resource="https://api.example")
    told = await world.userinfo(answer["access_token"])
    assert told.status_code == 401
    assert 'error="invalid_token"' in told.headers["www-authenticate"]


async def test_with_openid_a_token_for_an_api_is_for_us_too(world: World) -> None:
    await world.add_api("https://api.example")
    answer = await bought(world, resource="https://api.example")
    assert (await world.userinfo(answer["access_token"])).status_code == 200


async def test_other_tokens_open_nothing(world: World) -> None:
    """THREATS 31, 32"""
    answer = await bought(world)
    for token in (answer["id_token"], answer["refresh_token"], await world.authorize()):
        assert (await world.userinfo(token)).status_code == 401


async def test_a_dead_token_opens_nothing(each_world: World) -> None:
    """THREATS 16"""
    token = (await bought(each_world))["access_token"]
    await each_world.revoke(token)
    assert (await each_world.userinfo(token)).status_code == 401
    token = (await bought(each_world))["access_token"]
    each_world.clock.forward(601)
    assert (await each_world.userinfo(token)).status_code == 401


async def test_a_disabled_persons_token_opens_nothing(each_world: World) -> None:
    """THREATS 16"""
    token = (await bought(each_world))["access_token"]
    jane = await each_world.store().users.by_identifier("jane")
    assert jane is not None
    jane.disabled_at = each_world.clock()
    await each_world.store().users.save(jane)
    assert (await each_world.userinfo(token)).status_code == 401


async def test_a_foreign_tenants_token_opens_nothing(world: World) -> None:
    """THREATS 39"""
    await world.add_tenant("music")
    token = (await bought(world))["access_token"]
    assert (await world.userinfo(token, slug="music")).status_code == 401


async def test_a_client_may_have_it_signed(world: World) -> None:
    """OIDC Core §5.3.2 userinfo_signed_response_alg"""
    await world.add_client("bank", userinfo_signed_response_alg="ES256")
    answer = await world.userinfo((await bought(world, client_id="bank"))["access_token"])
    assert answer.headers["content-type"] == "application/jwt"
    keys = KeySet.import_key_set((await request_jwks(world)).json())
    token = jwt.decode(answer.text, keys, algorithms=["ES256"])
    assert token.claims["iss"] == ISSUER
    assert token.claims["aud"] == "bank"
    assert token.claims["name"] == "Jane Doe"


async def request_jwks(world: World) -> httpx.Response:
    async with world.new_browser() as client:
        return await client.get("/oauth2/jwks")


async def test_scripts_of_any_origin_may_ask(still_world: World) -> None:
    """OIDC Core §5.3: by CORS, without cookies."""
    answer = await request(still_world, "GET", headers={"Origin": "https://spa.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    asked = await request(still_world, "OPTIONS", headers={"Origin": "https://spa.example"})
    assert asked.status_code == 204
    assert "authorization" in asked.headers["access-control-allow-headers"]
