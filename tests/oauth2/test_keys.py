"""Signing keys and root keys: made once, rotated with overlap."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from pydantic import SecretStr

from consentry.operations.keys import rewrap, rotate_key
from consentry.tenancy.actor import SYSTEM
from consentry.tenancy.context import TenantContext
from consentry.tenancy.signing import ring
from consentry.tokens.standing import standing_of
from support.token_side import another_process, bought, client_token, header_of, restarted
from support.world import World

HOST = "photos.localhost:8000"


async def published(world: World) -> dict[str, dict[str, Any]]:
    """The keys of the JWK Set by kid."""
    async with world.new_browser() as client:
        answer = await client.get("/oauth2/jwks")
    assert answer.headers["content-type"] == "application/jwk-set+json"
    keys = {key["kid"]: key for key in answer.json()["keys"]}
    assert len(keys) == len(answer.json()["keys"])
    return keys


async def verified(world: World, text: str) -> jwt.Token:
    keys = {"keys": list((await published(world)).values())}
    algs = ["ES256", "RS256", "PS256", "EdDSA", "Ed25519"]
    return jwt.decode(text, KeySet.import_key_set(keys), algorithms=algs)  # type: ignore[arg-type]


async def context(world: World) -> TenantContext:
    found = await world.app.registry.find(HOST)
    assert found is not None
    return found


async def rotate(world: World, alg: str = "RS256", ahead: int = 0) -> str:
    """What `consentry key rotate` does, and the news of it."""
    kid = await rotate_key((await context(world)).acting(SYSTEM), alg, ahead)
    world.forget()
    return kid


async def test_the_first_keys_are_rs256_and_es256(world: World) -> None:
    """CONTRACT «Keys», RFC 7517 §4"""
    keys = await published(world)
    assert {key["alg"]: key["kty"] for key in keys.values()} == {"RS256": "RSA", "ES256": "EC"}
    for key in keys.values():
        assert key["use"] == "sig"
        assert not set(key) & {"d", "p", "q", "dp", "dq", "qi", "k"}


@pytest.mark.parametrize("alg", ["ES256", "RS256", "PS256", "EdDSA", "Ed25519"])
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
async def test_a_client_is_signed_for_in_the_algorithm_it_asks_for(
    shared_world: World, alg: str
) -> None:
    """OIDC Registration §2, RFC 9864 §2.2"""
    await shared_world.add_client(alg, id_token_signed_response_alg=alg)
    text = (await bought(shared_world, client_id=alg)).body["id_token"]
    assert header_of(text)["alg"] == alg
    seen = await verified(shared_world, text)
    assert seen.claims["aud"] == alg
    assert (await published(shared_world))[seen.header["kid"]]["alg"] == alg


async def test_thirty_first_requests_at_once_make_one_key(world: World) -> None:
    """CONTRACT «Keys»: made when first needed"""
    async with another_process(world) as other:
        found = await asyncio.gather(*(published(one) for one in (world, other) for _ in range(15)))
    stored = await world.store().keys.signing_keys()
    assert sorted(key.alg for key in stored) == ["ES256", "RS256"]
    assert {frozenset(keys) for keys in found} == {frozenset(key.kid for key in stored)}


async def test_thirty_first_tokens_at_once_are_signed_by_one_key(world: World) -> None:
    """CONTRACT «Keys»: made when first needed"""
    await world.settings(access_token_format="jwt")
    async with another_process(world) as other:
        found = await asyncio.gather(
            *(client_token(one) for one in (world, other) for _ in range(15))
        )
        assert len({header_of(one.access_token)["kid"] for one in found}) == 1
        for one in (world, other):
            assert await one.is_active(found[0].access_token)


async def test_after_a_rotation_old_tokens_still_verify(world: World) -> None:
    """THREATS 53"""
    await world.settings(access_token_format="jwt")
    old = (await client_token(world)).access_token
    kid = await rotate(world)
    new = (await client_token(world)).access_token
    assert header_of(new)["kid"] == kid != header_of(old)["kid"]
    for text in (old, new):
        assert (await verified(world, text)).claims["client_id"] == "printer"
        assert await world.is_active(text)


@pytest.mark.parametrize("passed_s", [2, -3_600])
async def test_a_key_made_elsewhere_verifies_before_any_news_of_it(
    sqlite_world: World, passed_s: int
) -> None:
    """THREATS 53: no failed verification under load, nor where the clock was set back."""
    world = sqlite_world
    await world.settings(access_token_format="jwt")
    first = (await client_token(world)).access_token
    async with another_process(world) as other:
        # One context from before, which hears no news.
        deaf = await context(other)
        assert await standing_of(deaf, first) is not None
        world.clock.forward(passed_s)
        await rotate(world)
        fresh = (await client_token(world)).access_token
        assert header_of(fresh)["kid"] != header_of(first)["kid"]
        assert await standing_of(deaf, fresh) is not None
        assert await other.is_active(fresh)


async def test_a_key_goes_through_its_states_by_the_clock(sqlite_world: World) -> None:
    """THREATS 53"""
    world = sqlite_world
    await world.settings(access_token_format="jwt")
    old = header_of((await client_token(world)).access_token)["kid"]
    new = await rotate(world, ahead=3_600)
    # pending: published, signs nothing
    assert {old, new} <= set(await published(world))
    assert header_of((await client_token(world)).access_token)["kid"] == old
    # A minute before and after each step: the clock also moves by itself.
    world.clock.forward(3_540)
    last = (await client_token(world)).access_token
    assert header_of(last)["kid"] == old
    # active; the other retires
    world.clock.forward(120)
    assert header_of((await client_token(world)).access_token)["kid"] == new
    assert {old, new} <= set(await published(world))
    world.clock.forward(420)
    assert (await verified(world, last)).claims["client_id"] == "printer"
    assert await world.is_active(last)
    # retired once the last token it signed has expired
    world.clock.forward(180)
    assert old not in await published(world)
    assert new in await published(world)


async def test_a_retired_key_is_gone_at_once(sqlite_world: World) -> None:
    """THREATS 53: what `retired_at` says counts."""
    await published(sqlite_world)
    current = await ring(await context(sqlite_world))
    (held,) = (key for key in current.keys if key.row.alg == "ES256")
    now = sqlite_world.clock()
    assert held.state(now - timedelta(days=1)) == "pending"
    assert held.state(now) == "active"
    held.row.retired_at = now
    assert held.state(now) == "retired"


async def test_a_new_root_key_reads_what_the_old_one_sealed(world: World) -> None:
    """THREATS 52: rotation of CONSENTRY_SECRET_KEY with overlap"""
    old, new = "only-for-tests-" * 4, "another-root-key-" * 3
    await world.settings(access_token_format="jwt")
    tokens, secret_client = await bought(world), "jwt-client"
    await world.add_client(secret_client, token_endpoint_auth_method="client_secret_jwt")
    kids = set(await published(world))
    async with restarted(world, secret_key=SecretStr(f"{new},{old}")) as between:
        assert await between.is_active(tokens.access_token)
        done = await rewrap(between.deployment)
        assert (done.tenants, done.keys, done.current) == (1, 2, 0)
        assert (await rewrap(between.deployment)).keys == 0
        async with restarted(between, secret_key=SecretStr(new)) as after:
            assert await after.is_active(tokens.access_token)
            assert set(await published(after)) == kids
            assert (await after.refresh(tokens.refresh_token)).status == 200
            assert (await verified(after, tokens.body["id_token"])).claims["aud"] == "printer"


async def test_without_the_old_root_key_nothing_is_made_up(sqlite_world: World) -> None:
    """THREATS 52: a wrong root key opens nothing."""
    tokens = await bought(sqlite_world)
    async with restarted(sqlite_world, secret_key=SecretStr("another-root-key-" * 3)) as after:
        answer = await after.post("/oauth2/introspect", {"token": tokens.access_token})
        assert answer.status_code >= 500
        assert "another-root" not in answer.text
