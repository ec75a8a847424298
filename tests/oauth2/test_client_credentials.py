"""RFC 6749 §4.4: a client acts for itself."""

import asyncio

import pytest

from support.token_side import change_client, client_token, disable_client, restarted
from support.world import World


async def test_a_client_gets_a_token_for_itself(world: World) -> None:
    """RFC 6749 §4.4.3"""
    answer = await client_token(world)
    assert answer.status == 200
    assert answer.body["token_type"] == "Bearer"
    assert answer.body["expires_in"] == 600
    assert answer.body["scope"] == "photos.read"
    assert set(answer.body) == {"access_token", "token_type", "expires_in", "scope"}
    seen = await world.introspect(answer.access_token)
    assert seen["sub"] == seen["client_id"] == "printer"
    assert "username" not in seen and "auth_time" not in seen


async def test_it_ends_after_its_lifetime_and_not_before(world: World) -> None:
    """RFC 6749 §5.1"""
    world.clock.hold()
    await world.settings(access_token_lifetime=30)
    answer = await client_token(world)
    assert answer.body["expires_in"] == 30
    world.clock.forward(28)
    assert await world.is_active(answer.access_token)
    world.clock.forward(3)
    assert not await world.is_active(answer.access_token)


@pytest.mark.parametrize("format", ["opaque", "jwt"])
async def test_it_dies_with_its_client(world: World, format: str) -> None:
    """THREATS 16"""
    await world.settings(access_token_format=format)
    await world.add_client("judge", may_introspect="all")
    own = await client_token(world)
    assert await world.is_active(own.access_token, client_id="judge")
    await disable_client(world, "printer")
    assert not await world.is_active(own.access_token, client_id="judge")
    again = await client_token(world)
    assert (again.status, again.error) == (401, "invalid_client")


async def test_it_is_revoked_alone(sqlite_world: World) -> None:
    """RFC 7009 §2.1"""
    one, other = await asyncio.gather(client_token(sqlite_world), client_token(sqlite_world))
    assert (await sqlite_world.revoke(one.access_token)).status_code == 200
    assert not await sqlite_world.is_active(one.access_token)
    assert await sqlite_world.is_active(other.access_token)


async def test_it_survives_a_restart_and_so_does_its_revocation(world: World) -> None:
    """THREATS 58"""
    kept, ended = await client_token(world), await client_token(world)
    await world.revoke(ended.access_token)
    async with restarted(world) as later:
        assert await later.is_active(kept.access_token)
        assert not await later.is_active(ended.access_token)


@pytest.mark.parametrize(
    "scope", ["photos.print", "photos.read photos.print", "openid", "profile", "nobody.knows", '"']
)
async def test_no_more_than_its_own_scope(shared_world: World, scope: str) -> None:
    """RFC 6749 §3.3, THREATS 19"""
    answer = await client_token(shared_world, scope=scope)
    assert (answer.status, answer.error) == (400, "invalid_scope")


async def test_a_client_uses_only_its_own_grant_types(shared_world: World) -> None:
    """RFC 6749 §5.2, THREATS 20"""
    await shared_world.add_client("web", grant_types=["authorization_code"])
    answer = await client_token(shared_world, "web")
    assert (answer.status, answer.error) == (400, "unauthorized_client")


async def test_a_public_client_has_nothing_to_trade(shared_world: World) -> None:
    """RFC 6749 §4.4.2"""
    await shared_world.add_client(
        "app", grant_types=["authorization_code"], token_endpoint_auth_method="none", secret=None
    )
    answer = await shared_world.token(
        {"grant_type": "client_credentials"}, client_id="app", secret=None
    )
    assert (answer.status, answer.error) == (400, "unauthorized_client")


async def test_policy_can_forbid_it(sqlite_world: World) -> None:
    """THREATS 20"""
    await sqlite_world.settings(grant_types_supported=["authorization_code"])
    answer = await client_token(sqlite_world)
    assert (answer.status, answer.error) == (400, "unsupported_grant_type")


@pytest.mark.parametrize(
    "grant_type",
    ["", "implicit", "password", "CLIENT_CREDENTIALS", "client_credentials ", "x" * 500,
     "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
)  # fmt: skip
async def test_no_other_grant_type_is_known(shared_world: World, grant_type: str) -> None:
    """RFC 6749 §5.2"""
    answer = await shared_world.token({"grant_type": grant_type})
    expected = "unsupported_grant_type" if grant_type else "invalid_request"
    assert (answer.status, answer.error) == (400, expected)


async def test_it_is_no_persons_token(shared_world: World) -> None:
    """OIDC Core §5.3.3, THREATS 31"""
    answer = await shared_world.userinfo((await client_token(shared_world)).access_token)
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


async def test_a_scope_too_long_for_a_token_is_refused_in_words(sqlite_world: World) -> None:
    """THREATS 56"""
    names = [f"photos.album{number:04d}" for number in range(300)]
    for name in names:
        await sqlite_world.store().configuration.save_scope(name, "")
    await change_client(sqlite_world, "printer", scope=" ".join(names))
    answer = await client_token(sqlite_world)
    assert (answer.status, answer.error) == (400, "invalid_scope")
    assert (await client_token(sqlite_world, scope=names[7])).body["scope"] == names[7]
