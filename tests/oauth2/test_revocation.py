"""RFC 7009: a token ends when its client says so."""

import asyncio

import pytest

from store.line import line
from support.token_side import another_process, bought, client_token, send
from support.world import World, running_world


@pytest.mark.parametrize("format", ["opaque", "jwt"])
async def test_an_access_token_ends_alone(world: World, format: str) -> None:
    """RFC 7009 §2.1, CONTRACT: JWT ones included"""
    await world.settings(access_token_format=format)
    tokens = await bought(world)
    later = await world.refresh(tokens.refresh_token)
    assert (tokens.access_token.count(".") == 2) is (format == "jwt")
    answer = await world.revoke(tokens.access_token)
    assert (answer.status_code, answer.content) == (200, b"")
    assert not await world.is_active(tokens.access_token)
    assert (await world.userinfo(tokens.access_token)).status_code == 401
    assert await world.is_active(later.access_token)
    assert (await world.refresh(later.refresh_token)).status == 200


@pytest.mark.parametrize("format", ["opaque", "jwt"])
async def test_a_refresh_token_ends_all_of_its_authorization(world: World, format: str) -> None:
    """RFC 7009 §2.1, THREATS 16"""
    await world.settings(access_token_format=format)
    tokens, untouched = await bought(world), await bought(world)
    later = await world.refresh(tokens.refresh_token)
    assert (await world.revoke(later.refresh_token)).status_code == 200
    for token in (tokens.access_token, later.access_token, later.refresh_token):
        assert not await world.is_active(token)
    assert (await world.refresh(later.refresh_token)).error == "invalid_grant"
    assert await world.is_active(untouched.access_token)


async def test_a_spent_refresh_token_ends_it_too(sqlite_world: World) -> None:
    """RFC 7009 §2.1: who gives up an old one wants it all gone."""
    tokens = await bought(sqlite_world)
    later = await sqlite_world.refresh(tokens.refresh_token)
    await sqlite_world.revoke(tokens.refresh_token)
    assert not await sqlite_world.is_active(later.access_token)


async def test_another_process_sees_it_at_once(world: World) -> None:
    """THREATS 16: dies at every worker from the next request on."""
    tokens, own = await bought(world), await client_token(world)
    async with another_process(world) as other:
        assert await other.is_active(tokens.access_token)
        await world.revoke(tokens.access_token)
        await world.revoke(own.access_token)
        assert not await other.is_active(tokens.access_token)
        assert not await other.is_active(own.access_token)


async def test_another_clients_token_stays_and_nothing_is_told(shared_world: World) -> None:
    """RFC 7009 §2.1, THREATS 18"""
    await shared_world.add_client("other", may_introspect="all")
    tokens, own = await bought(shared_world), await client_token(shared_world)
    for token in (tokens.access_token, tokens.refresh_token, own.access_token):
        answer = await shared_world.revoke(token, client_id="other")
        assert (answer.status_code, answer.content) == (200, b"")
        assert await shared_world.is_active(token)


@pytest.mark.parametrize("text", ["x", "cns_at_AAAA", "cns_rt_AAAA", "a.b.c", "é", "x" * 9_000])
async def test_an_unknown_token_is_gone_already(shared_world: World, text: str) -> None:
    """RFC 7009 §2.2"""
    answer = await shared_world.revoke(text)
    assert (answer.status_code, answer.content) == (200, b"")


async def test_a_code_is_not_revoked_by_mistake(shared_world: World) -> None:
    """THREATS 32"""
    code = await shared_world.authorize()
    assert (await shared_world.revoke(code)).status_code == 200
    assert (await shared_world.redeem(code)).status == 200


@pytest.mark.parametrize("hint", ["refresh_token", "access_token", "nonsense", "é"])
async def test_a_wrong_hint_changes_nothing(shared_world: World, hint: str) -> None:
    """RFC 7009 §2.1"""
    tokens = await bought(shared_world)
    for token in (tokens.access_token, tokens.refresh_token):
        data = {"token": token, "token_type_hint": hint}
        assert (await shared_world.post("/oauth2/revoke", data)).status_code == 200
        assert not await shared_world.is_active(token)


async def test_twice_is_as_good_as_once(sqlite_world: World) -> None:
    """RFC 7009 §2.2"""
    tokens = await bought(sqlite_world)
    answers = await asyncio.gather(*(sqlite_world.revoke(tokens.access_token) for _ in range(10)))
    answers += await asyncio.gather(*(sqlite_world.revoke(tokens.refresh_token) for _ in range(10)))
    assert {one.status_code for one in answers} == {200}


async def test_a_public_client_names_itself(shared_world: World) -> None:
    """RFC 7009 §2.1"""
    await shared_world.add_client(
        "app", grant_types=["authorization_code", "refresh_token"],
        token_endpoint_auth_method="none", secret=None,
    )  # fmt: skip
    code = await shared_world.authorize(client_id="app")
    tokens = await shared_world.redeem(code, client_id="app", secret=None)
    anonymous = await send(shared_world, "/oauth2/revoke", f"token={tokens.refresh_token}")
    assert (anonymous.status_code, anonymous.json()["error"]) == (401, "invalid_client")
    answer = await shared_world.revoke(tokens.refresh_token, client_id="app", secret=None)
    assert answer.status_code == 200
    assert (await shared_world.userinfo(tokens.access_token)).status_code == 401


async def test_a_token_must_be_named(shared_world: World) -> None:
    """RFC 7009 §2.1"""
    answer = await shared_world.post("/oauth2/revoke", {})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_where_it_cannot_be_stored_it_is_not_acknowledged(pg_database: str) -> None:
    """RFC 7009 §2.2.1, THREATS 16, 58"""
    async with line(pg_database) as wire, running_world(wire.url) as world:
        tokens = await bought(world)
        await wire.cut()
        for token in (tokens.access_token, tokens.refresh_token):
            answer = await world.revoke(token)
            assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
            assert int(answer.headers["retry-after"]) > 0
            assert answer.headers["cache-control"] == "no-store"
        await wire.open()
        assert await world.is_active(tokens.access_token)
        assert (await world.revoke(tokens.refresh_token)).status_code == 200
        assert not await world.is_active(tokens.access_token)
