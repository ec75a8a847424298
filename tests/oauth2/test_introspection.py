"""RFC 7662: what a token is worth now, to those who may know."""

import pytest

from support.token_side import (
    bought,
    client_token,
    disable_client,
    disable_user,
    send,
    sign_out,
)
from support.world import SCOPE, World

API = "https://api.photos.example"


async def judge(world: World, name: str = "judge") -> str:
    """A client that may ask about every token of the tenant."""
    await world.add_client(name, may_introspect="all")
    return name


async def test_an_access_token_is_described(world: World) -> None:
    """RFC 7662 §2.2"""
    tokens = await bought(world)
    seen = await world.introspect(tokens.access_token)
    now = world.clock().timestamp()
    user = await world.store().users.by_identifier("jane")
    assert user is not None
    assert seen["active"] is True
    assert seen["client_id"] == "printer"
    assert seen["username"] == "jane"
    assert seen["sub"] == str(user.user_id)
    assert seen["scope"] == SCOPE
    assert seen["token_type"] == "Bearer"
    assert seen["iss"] == seen["aud"] == "http://photos.localhost:8000"
    assert now - 30 <= seen["iat"] <= now
    assert seen["exp"] == seen["iat"] + 600
    assert seen["jti"]


async def test_a_refresh_token_is_described(world: World) -> None:
    """RFC 7662 §2.1: any token of ours."""
    tokens = await bought(world)
    for hint in ({}, {"token_type_hint": "refresh_token"}, {"token_type_hint": "access_token"}):
        answer = await world.post("/oauth2/introspect", {"token": tokens.refresh_token, **hint})
        seen = answer.json()
        assert seen["active"] is True
        assert (seen["client_id"], seen["scope"]) == ("printer", SCOPE)
        assert seen["exp"] > world.clock().timestamp() + 600
    await world.refresh(tokens.refresh_token)
    assert not await world.is_active(tokens.refresh_token)


async def test_every_token_of_a_person_has_the_same_jti_length_and_none_the_same_jti(
    shared_world: World,
) -> None:
    """RFC 7662 §2.2"""
    tokens = [await bought(shared_world) for _ in range(2)]
    seen = [await shared_world.introspect(one.access_token) for one in tokens]
    assert seen[0]["jti"] != seen[1]["jti"]


async def test_a_client_may_know_only_its_own(shared_world: World) -> None:
    """RFC 7662 §4, CONTRACT `may_introspect: own`"""
    await shared_world.add_client("other")
    tokens, own = await bought(shared_world), await client_token(shared_world)
    for token in (tokens.access_token, tokens.refresh_token, own.access_token):
        assert await shared_world.introspect(token, client_id="other") == {"active": False}
        assert await shared_world.is_active(token)


async def test_one_registered_for_all_may_know_all(shared_world: World) -> None:
    """CONTRACT `may_introspect: all`"""
    name = await judge(shared_world)
    tokens, own = await bought(shared_world), await client_token(shared_world)
    for token in (tokens.access_token, tokens.refresh_token, own.access_token):
        assert await shared_world.is_active(token, client_id=name)


async def test_a_resource_server_may_know_what_is_for_its_api(shared_world: World) -> None:
    """RFC 7662 §4, RFC 8707 §2"""
    await shared_world.add_client("photo-api")
    await shared_world.add_api(API, resource_servers="photo-api")
    here = await bought(shared_world, resource=API)
    elsewhere = await bought(shared_world)
    seen = await shared_world.introspect(here.access_token, client_id="photo-api")
    assert seen["active"] is True
    assert seen["aud"] == [API, "http://photos.localhost:8000"]
    assert not await shared_world.is_active(elsewhere.access_token, client_id="photo-api")
    assert not await shared_world.is_active(here.refresh_token, client_id="photo-api")


@pytest.mark.parametrize("format", ["opaque", "jwt"])
@pytest.mark.parametrize(
    "reason",
    ["expired", "revoked", "authorization", "user", "client", "signed out", "password", "consent"],
)
async def test_each_reason_alone_makes_it_inactive(
    sqlite_world: World, reason: str, format: str
) -> None:
    """RFC 7662 §2.2, THREATS 16"""
    world = sqlite_world
    await world.settings(access_token_format=format)
    name = await judge(world)
    tokens = await bought(world)
    user = await world.store().users.by_identifier("jane")
    assert user is not None
    assert await world.is_active(tokens.access_token, client_id=name)
    match reason:
        case "expired":
            world.clock.forward(601)
        case "revoked":
            await world.revoke(tokens.access_token)
        case "authorization":
            await world.revoke(tokens.refresh_token)
        case "user":
            await disable_user(world)
        case "client":
            await disable_client(world, "printer")
        case "signed out":
            await sign_out(world.browser)
        case "password":
            await world.store().users.set_password(user.user_id, "x", world.clock())
        case "consent":
            await world.store().consents.withdraw(user.user_id, "printer", world.clock())
    assert await world.introspect(tokens.access_token, client_id=name) == {"active": False}
    refreshable = reason in ("expired", "revoked")
    assert await world.is_active(tokens.refresh_token, client_id=name) is refreshable


async def test_an_unredeemed_code_is_no_token(shared_world: World) -> None:
    """THREATS 32"""
    code = await shared_world.authorize()
    assert not await shared_world.is_active(code)
    assert (await shared_world.redeem(code)).status == 200


@pytest.mark.parametrize(
    "text", ["x", "cns_at_", "cns_at_AAAA", "cns_rt_AAAA", "a.b.c", "..", "é", "x" * 20_000]
)
async def test_what_is_no_token_is_inactive_and_no_error(shared_world: World, text: str) -> None:
    """RFC 7662 §2.2"""
    assert await shared_world.introspect(text) == {"active": False}


async def test_a_token_with_one_character_changed_is_inactive(shared_world: World) -> None:
    """THREATS 52"""
    token = (await bought(shared_world)).access_token
    for place in range(7, len(token), 5):
        other = "A" if token[place] != "A" else "B"
        assert not await shared_world.is_active(token[:place] + other + token[place + 1 :])
    for more in (token + "A", token[:-1], token + "=", " " + token, token.upper()):
        assert not await shared_world.is_active(more)


async def test_an_id_token_is_no_access_token(shared_world: World) -> None:
    """THREATS 31"""
    assert not await shared_world.is_active((await bought(shared_world)).body["id_token"])


async def test_who_asks_must_be_authenticated(shared_world: World) -> None:
    """RFC 7662 §2.1"""
    token = (await bought(shared_world)).access_token
    anonymous = await send(shared_world, "/oauth2/introspect", f"token={token}")
    assert (anonymous.status_code, anonymous.json()["error"]) == (401, "invalid_client")
    await shared_world.add_client(
        "app", grant_types=["authorization_code"], token_endpoint_auth_method="none", secret=None
    )
    public = await shared_world.post(
        "/oauth2/introspect", {"token": token}, client_id="app", secret=None
    )
    assert (public.status_code, public.json()["error"]) == (401, "invalid_client")


async def test_a_token_must_be_named(shared_world: World) -> None:
    """RFC 7662 §2.3"""
    answer = await shared_world.post("/oauth2/introspect", {})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_nothing_of_it_is_cached(shared_world: World) -> None:
    """RFC 7662 §4"""
    answer = await shared_world.post("/oauth2/introspect", {"token": "x"})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"


async def test_a_pairwise_person_is_not_named(shared_world: World) -> None:
    """OIDC Core §8.1"""
    await shared_world.add_client("private", subject_type="pairwise")
    tokens = await bought(shared_world, client_id="private")
    seen = await shared_world.introspect(tokens.access_token, client_id="private")
    user = await shared_world.store().users.by_identifier("jane")
    assert user is not None
    assert "username" not in seen
    assert seen["sub"] != str(user.user_id)
