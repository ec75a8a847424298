"""Tokens the platform issues, at an API of someone else's."""

import httpx2
import pytest
from starlette.applications import Starlette

from consentry.resource import IntrospectionBearer, JWTBearer, ResourceProtector
from resource_library.api import JWT_API, OPAQUE_API, call, guarded_by
from support.world import SECRET, World

ISSUER = "http://photos.localhost:8000"


@pytest.fixture
def app(world: World, platform_http: httpx2.AsyncClient) -> Starlette:
    """An API that takes both kinds of token."""

    def clock() -> float:
        return world.clock().timestamp()

    protector = ResourceProtector(
        JWTBearer(ISSUER, JWT_API, http=platform_http, clock=clock),
        IntrospectionBearer(
            f"{ISSUER}/oauth2/introspect", "photo-api", SECRET, audience=OPAQUE_API,
            http=platform_http, clock=clock, cache_ttl=0,
        ),
    )  # fmt: skip
    return guarded_by(protector, "photos.read")


async def bought(world: World, resource: str, scope: str = "photos.read") -> str:
    code = await world.authorize(resource=resource, scope=scope)
    return (await world.redeem(code)).access_token


@pytest.mark.parametrize("resource", [JWT_API, OPAQUE_API])
async def test_a_persons_token_is_let_in(world: World, app: Starlette, resource: str) -> None:
    """RFC 9068 §4, RFC 7662 §2.2"""
    token = await bought(world, resource)
    answer = await call(app, token)
    user = await world.store().users.by_identifier("jane")
    assert user is not None
    assert answer.json()["sub"] == str(user.user_id)


@pytest.mark.parametrize("resource", [JWT_API, OPAQUE_API])
async def test_too_little_scope_is_refused(world: World, app: Starlette, resource: str) -> None:
    token = await bought(world, resource, scope="profile")
    assert (await call(app, token)).status_code == 403


async def test_a_token_for_another_audience_is_refused(world: World, app: Starlette) -> None:
    """THREATS 31"""
    elsewhere = await world.token({"grant_type": "client_credentials", "scope": "photos.read"})
    assert (await call(app, elsewhere.access_token)).status_code == 401


async def test_an_id_token_and_a_refresh_token_are_refused(world: World, app: Starlette) -> None:
    """THREATS 31"""
    tokens = await world.redeem(await world.authorize(resource=JWT_API))
    for kind in ("id_token", "refresh_token"):
        assert (await call(app, tokens.body[kind])).status_code == 401


async def test_a_refresh_token_is_refused_where_every_token_is_told(world: World) -> None:
    """THREATS 31: introspection tells refresh tokens too, without a `token_type`."""
    tokens = await world.redeem(await world.authorize())
    assert await world.is_active(tokens.refresh_token)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(world.app)) as http:
        asking = IntrospectionBearer(f"{ISSUER}/oauth2/introspect", "printer", SECRET, http=http)
        app = guarded_by(ResourceProtector(asking))
        assert (await call(app, tokens.access_token)).status_code == 200
        assert (await call(app, tokens.refresh_token)).status_code == 401


async def test_a_revoked_token_is_refused(world: World, app: Starlette) -> None:
    """THREATS 16"""
    token = await bought(world, OPAQUE_API)
    assert (await call(app, token)).status_code == 200
    await world.revoke(token)
    assert (await call(app, token)).status_code == 401


async def test_an_expired_token_is_refused(world: World, app: Starlette) -> None:
    tokens = [await bought(world, resource) for resource in (JWT_API, OPAQUE_API)]
    ahead = world.clock.ahead
    world.clock.forward(100_000)
    assert {(await call(app, token)).status_code for token in tokens} == {401}
    world.clock.ahead = ahead
