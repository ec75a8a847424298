"""RFC 8707 and the rules of audience."""

from typing import Any

import pytest

from support.token_side import bought, client_token
from support.world import PKCE, World, answer_of

ISSUER = "http://photos.localhost:8000"
API, PRINT = "https://api.photos.example", "https://print.photos.example/v1"


@pytest.fixture(scope="module", autouse=True)
async def apis(shared_world: World) -> None:
    """Two APIs; the second lists its scopes."""
    await shared_world.add_api(API)
    await shared_world.add_api(PRINT, scopes="photos.print prints.delete")
    await shared_world.add_client(
        "studio", scope="openid profile photos.read photos.print prints.delete"
    )


async def audience(world: World, token: str, client_id: str = "printer") -> Any:
    return (await world.introspect(token, client_id=client_id))["aud"]


async def test_without_a_resource_a_token_is_for_the_issuer(shared_world: World) -> None:
    """CONTRACT «Audience»"""
    for scope in ("openid photos.read", "photos.read"):
        tokens = await bought(shared_world, scope=scope)
        assert await audience(shared_world, tokens.access_token) == ISSUER
    assert await audience(shared_world, (await client_token(shared_world)).access_token) == ISSUER


async def test_with_one_it_is_for_that_api_alone(shared_world: World) -> None:
    """RFC 8707 §2"""
    tokens = await bought(shared_world, scope="photos.read", resource=API)
    assert await audience(shared_world, tokens.access_token) == API
    own = await client_token(shared_world, resource=API)
    assert await audience(shared_world, own.access_token) == API


async def test_with_openid_the_issuer_is_in_it_too(shared_world: World) -> None:
    """CONTRACT «Audience»"""
    tokens = await bought(shared_world, scope="openid photos.read", resource=API)
    assert await audience(shared_world, tokens.access_token) == [API, ISSUER]
    assert (await shared_world.userinfo(tokens.access_token)).status_code == 200


async def test_our_own_endpoints_want_the_issuer_in_it(shared_world: World) -> None:
    """THREATS 31"""
    tokens = await bought(shared_world, scope="photos.read", resource=API)
    assert (await shared_world.userinfo(tokens.access_token)).status_code == 401


async def test_the_issuer_is_always_a_resource(shared_world: World) -> None:
    """CONTRACT `apis`: the issuer itself is always one."""
    own = await client_token(shared_world, resource=ISSUER)
    assert await audience(shared_world, own.access_token) == ISSUER


async def test_several_may_be_named(shared_world: World) -> None:
    """RFC 8707 §2"""
    own = await client_token(shared_world, resource=[API, PRINT, API])
    assert await audience(shared_world, own.access_token) == [API, PRINT]


@pytest.mark.parametrize(
    "resource",
    ["https://other.example", API + "/", API.upper(), API + "#part", "api", "https://[", "a b",
     "http://music.localhost:8000"],
)  # fmt: skip
async def test_what_is_not_declared_is_no_target(shared_world: World, resource: str) -> None:
    """RFC 8707 §2"""
    own = await client_token(shared_world, resource=resource)
    assert (own.status, own.error) == (400, "invalid_target")
    beside = await client_token(shared_world, resource=[API, resource])
    assert beside.error == "invalid_target"
    asked = await shared_world.ask(pkce=PKCE, resource=resource)
    assert answer_of(asked)["error"] == "invalid_target"


async def test_a_token_for_an_api_has_none_of_anothers_scopes(shared_world: World) -> None:
    """THREATS 31"""
    scope = "photos.read photos.print prints.delete"
    own = await client_token(shared_world, "studio", resource=PRINT, scope=scope)
    assert own.body["scope"] == "photos.print prints.delete"
    seen = await shared_world.introspect(own.access_token, client_id="studio")
    assert seen["scope"] == "photos.print prints.delete"


async def test_a_code_gives_what_was_approved_or_less(shared_world: World) -> None:
    """RFC 8707 §2.2"""
    everything: dict[str, Any] = {
        "client_id": "studio",
        "scope": "photos.read",
        "resource": [API, PRINT],
    }
    code = await shared_world.authorize(**everything)
    less = await shared_world.redeem(code, client_id="studio", changes={"resource": API})
    assert await audience(shared_world, less.access_token, "studio") == API
    whole = await shared_world.refresh(less.refresh_token, client_id="studio")
    assert await audience(shared_world, whole.access_token, "studio") == [API, PRINT]


async def test_what_was_not_approved_spends_no_code(shared_world: World) -> None:
    """RFC 8707 §2.2, RFC 6749 §4.1.2"""
    code = await shared_world.authorize(scope="photos.read", resource=API)
    for resource in (PRINT, "https://other.example", [API, PRINT]):
        refused = await shared_world.redeem(code, changes={"resource": resource})
        assert (refused.status, refused.error) == (400, "invalid_target")
    assert (await shared_world.redeem(code)).status == 200
    plain = await shared_world.authorize(scope="photos.read")
    assert (await shared_world.redeem(plain, changes={"resource": API})).error == "invalid_target"
    assert (await shared_world.redeem(plain)).status == 200


async def test_the_shortest_lifetime_and_a_common_format_win(sqlite_world: World) -> None:
    """CONTRACT `apis`"""
    await sqlite_world.add_api(API, access_token_lifetime=300, access_token_format="jwt")
    await sqlite_world.add_api(PRINT, access_token_lifetime=120)
    both = await client_token(sqlite_world, resource=[API, PRINT])
    assert both.body["expires_in"] == 120
    assert both.access_token.count(".") == 2


async def test_more_than_a_token_can_hold_is_no_target(world: World) -> None:
    """THREATS 56"""
    many = [f"https://api.example/{number:02d}/" + "x" * 60 for number in range(12)]
    for one in many:
        await world.add_api(one)
    own = await client_token(world, resource=many)
    assert (own.status, own.error) == (400, "invalid_target")
    asked = await world.ask(pkce=PKCE, resource=many)
    assert answer_of(asked)["error"] == "invalid_target"
    few = await client_token(world, resource=many[:3])
    assert await audience(world, few.access_token) == many[:3]
