"""A signing key that others may have: taken out, and nothing it signed counts from then on."""

import pytest

from consentry.operations.errors import NotFound
from consentry.operations.keys import revoke_key, rotate_key
from consentry.records.key import SigningKey
from consentry.tenancy.actor import SYSTEM
from consentry.tenancy.context import TenantContext, open_tenant
from support.token_side import another_process, bought, client_token, eventually, header_of
from support.world import World, answer_of


async def context(world: World, slug: str = "photos") -> TenantContext:
    """The tenant as stored now, changed by whoever runs it."""
    row = await world.deployment.store.tenants.by_slug(slug)
    assert row is not None
    return (await open_tenant(world.deployment, row)).acting(SYSTEM)


async def kids(world: World, slug: str = "photos") -> set[str]:
    """Names of the keys in the JWK Set."""
    answer = await world.new_browser(slug).get("/oauth2/jwks")
    return {one["kid"] for one in answer.json()["keys"]}


async def stored(world: World, alg: str = "RS256") -> list[SigningKey]:
    """Newest first."""
    return [row for row in await world.store().keys.signing_keys() if row.alg == alg]


async def test_what_a_revoked_key_signed_counts_no_more_and_the_rest_goes_on(world: World) -> None:
    """THREATS 53"""
    await world.settings(access_token_format="jwt")
    tokens, before = await bought(world), await kids(world)
    old = header_of(tokens.access_token)["kid"]
    assert (await world.userinfo(tokens.access_token)).status_code == 200
    new = await revoke_key(await context(world), old)
    world.forget()
    assert not await world.is_active(tokens.access_token)
    assert (await world.userinfo(tokens.access_token)).status_code == 401
    assert before - {old} < await kids(world) and old not in await kids(world)
    again = await world.refresh(tokens.refresh_token)
    assert header_of(again.access_token)["kid"] == new
    assert await world.is_active(again.access_token)
    actions = [row.action for row in await world.store().audit.page(limit=2)]
    assert actions == ["key.revoke", "key.rotate"]


async def test_other_processes_hear_of_it_and_other_tenants_keep_theirs(world: World) -> None:
    """THREATS 53"""
    await world.settings(access_token_format="jwt")
    await world.add_tenant("letters")
    theirs = await kids(world, "letters")
    text = (await client_token(world)).access_token
    async with another_process(world) as other:
        assert await other.is_active(text)
        await revoke_key(await context(world), header_of(text)["kid"])
        await eventually(lambda: _is_refused(other, text))
        assert await kids(other, "letters") == theirs
    with pytest.raises(NotFound):
        await revoke_key(await context(world), next(iter(theirs)))


async def _is_refused(world: World, text: str) -> bool:
    return not await world.is_active(text)


async def test_an_id_token_of_a_revoked_key_is_no_hint(sqlite_world: World) -> None:
    """OIDC Core §3.1.2.1 id_token_hint"""
    world = sqlite_world
    hint = (await bought(world)).body["id_token"]
    await revoke_key(await context(world), header_of(hint)["kid"])
    world.forget()
    answer = await world.ask(id_token_hint=hint)
    assert answer_of(answer)["error"] == "invalid_request"


async def test_one_that_signs_no_more_needs_no_other(sqlite_world: World) -> None:
    await kids(sqlite_world)
    [old] = await stored(sqlite_world)
    new = await rotate_key(await context(sqlite_world), "RS256")
    assert await revoke_key(await context(sqlite_world), old.kid) is None
    sqlite_world.forget()
    assert new in await kids(sqlite_world) and old.kid not in await kids(sqlite_world)
    assert [row.kid for row in await stored(sqlite_world)] == [new, old.kid]


async def test_one_that_is_to_sign_is_followed_too_and_so_is_the_one_before(
    sqlite_world: World,
) -> None:
    """Who has the one may have the other: neither is to sign for another moment."""
    await kids(sqlite_world)
    [first] = await stored(sqlite_world)
    planned = await rotate_key(await context(sqlite_world), "RS256", 3_600)
    new = await revoke_key(await context(sqlite_world), planned)
    ends = {row.kid: row.retiring_at for row in await stored(sqlite_world)}
    assert ends[new or ""] is None and ends[first.kid] == ends[planned]
    sqlite_world.forget()
    assert {first.kid, new} < await kids(sqlite_world) and planned not in await kids(sqlite_world)


async def test_a_revoked_key_keeps_no_private_half_and_stays_revoked(world: World) -> None:
    await kids(world)
    [old] = await stored(world)
    new = await revoke_key(await context(world), old.kid)
    assert new is not None
    assert await revoke_key(await context(world), old.kid) is None
    world.clock.forward(-5)
    await rotate_key(await context(world), "RS256")
    rows = {row.kid: row for row in await stored(world)}
    assert len(rows) == 3 and rows[old.kid].sealed == b""
    world.forget()
    assert old.kid not in await kids(world)
    assert rows[old.kid].retired_at == rows[old.kid].retiring_at


async def test_what_is_no_key_here_is_not_found(sqlite_world: World) -> None:
    with pytest.raises(NotFound):
        await revoke_key(await context(sqlite_world), "nobodys")
