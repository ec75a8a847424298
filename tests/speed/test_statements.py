"""What a hot request may ask of the database (seen on the wire to PostgreSQL)."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from consentry.spec.oauth1.signing import Credentials
from speed.counted import CountedWire
from support.signing import KEY, add_oauth1_client, initiate, token_credentials, whoami
from support.world import SECRET, World, running_world


@pytest.fixture
async def wire(pg_database: str) -> AsyncIterator[CountedWire]:
    async with CountedWire(pg_database).open() as opened:
        yield opened


@pytest.fixture
async def world(wire: CountedWire) -> AsyncIterator[World]:
    async with running_world(wire.url) as made:
        yield made


async def least(wire: CountedWire, requests: list[Callable[[], Awaitable[bool]]]) -> int:
    """The fewest statements one of these took; all must succeed.

    The first ones find nothing at hand yet, and what they make for themselves (signing keys)
    is news that lets the tenant be read again.
    """
    counts = []
    for request in requests:
        before = wire.statements
        assert await request()
        counts.append(wire.statements - before)
    return min(counts)


async def test_a_code_is_redeemed_by_one_statement(world: World, wire: CountedWire) -> None:
    """The ID token, signed as well, needs none."""
    codes = [await world.authorize() for _ in range(3)]

    def redemption(code: str) -> Callable[[], Awaitable[bool]]:
        async def redeem() -> bool:
            return "id_token" in (await world.redeem(code)).body

        return redeem

    assert await least(wire, [redemption(code) for code in codes]) == 1


async def test_a_refresh_is_one_statement(world: World, wire: CountedWire) -> None:
    newest = (await world.redeem(await world.authorize())).refresh_token

    async def refresh() -> bool:
        nonlocal newest
        newest = (await world.refresh(newest)).refresh_token
        return True

    assert await least(wire, [refresh] * 3) == 1


async def test_an_introspection_is_one_statement(world: World, wire: CountedWire) -> None:
    tokens = await world.redeem(await world.authorize())

    async def introspect() -> bool:
        return await world.is_active(tokens.access_token)

    assert await least(wire, [introspect] * 3) == 1


async def test_a_signed_request_is_one_statement(world: World, wire: CountedWire) -> None:
    """RFC 5849 §3.3: the nonce is spent, and client, person and token are seen to be live"""
    await add_oauth1_client(world)
    credentials = await token_credentials(world)

    async def ask() -> bool:
        return (await whoami(world, credentials)).status_code == 200

    assert await least(wire, [ask] * 3) == 1


async def test_a_client_signing_for_itself_is_one_statement(
    world: World, wire: CountedWire
) -> None:
    await add_oauth1_client(world)

    async def ask() -> bool:
        return (await whoami(world, Credentials(KEY, SECRET))).status_code == 200

    assert await least(wire, [ask] * 3) == 1


async def test_temporary_credentials_are_one_statement(world: World, wire: CountedWire) -> None:
    """RFC 5849 §2.1: the nonce; the credentials themselves are sealed"""
    await add_oauth1_client(world)

    async def ask() -> bool:
        return (await initiate(world)).status == 200

    assert await least(wire, [ask] * 3) == 1


async def test_a_bad_signature_asks_nothing(world: World, wire: CountedWire) -> None:
    """THREATS 1: it burns no nonce; RFC 5849 §3.2"""
    await add_oauth1_client(world)
    credentials = await token_credentials(world)
    forged = Credentials(KEY, SECRET, credentials.token, "guessed")

    async def ask() -> bool:
        return (await whoami(world, forged)).status_code == 401

    assert await least(wire, [ask] * 3) == 0


async def test_client_credentials_ask_nothing(world: World, wire: CountedWire) -> None:
    async def ask() -> bool:
        return (await world.token({"grant_type": "client_credentials"})).status == 200

    assert await least(wire, [ask] * 3) == 0


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/oauth2/jwks"])
async def test_a_document_asks_nothing(world: World, wire: CountedWire, path: str) -> None:
    async def read() -> bool:
        return (await world.browser.get(path)).status_code == 200

    assert await least(wire, [read] * 8) == 0


async def test_a_forged_token_asks_nothing(world: World, wire: CountedWire) -> None:
    async def introspect() -> bool:
        return not await world.is_active("cns_at_" + "A" * 80)

    assert await least(wire, [introspect] * 3) == 0


async def test_another_products_token_asks_nothing_where_none_was_imported(
    world: World, wire: CountedWire
) -> None:
    async def introspect() -> bool:
        return not await world.is_active("b8b5f4c1e1d6a7b80b10")

    assert await least(wire, [introspect] * 3) == 0
