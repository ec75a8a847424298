"""Clocks that are set, by an hour or a day and in either direction: what must hold holds."""

from collections.abc import AsyncIterator

import pytest

from consentry_workers.effects import KINDS
from consentry_workers.running import LEASE, JobRunner
from consentry_workers.set_clocks import Recaller
from interaction.test_sign_in import guess
from oauth1.test_replay import WHOAMI, said
from oauth2.test_keys import published, rotate, verified
from support.assertions import claims, jwks_of, key_of, prove, signed
from support.signing import add_oauth1_client, deliver, sign, token_credentials
from support.token_side import bought, header_of
from support.world import World, running_world

HOUR, DAY = 3_600, 86_400


@pytest.fixture
async def world(sqlite_database: str) -> AsyncIterator[World]:
    async with running_world(sqlite_database) as made:
        yield made


async def test_a_code_lives_longer_by_no_more_than_the_clock_was_set_back(world: World) -> None:
    kept, spent = await world.authorize(), await world.authorize()
    lifetime = 60
    world.clock.forward(DAY)
    assert (await world.redeem(kept)).error == "invalid_grant"
    world.clock.forward(-DAY - HOUR)
    assert (await world.redeem(spent)).status == 200
    assert (await world.redeem(spent)).error == "invalid_grant"
    world.clock.forward(HOUR + lifetime)
    assert (await world.redeem(kept)).error == "invalid_grant"


async def test_a_spent_refresh_token_comes_to_no_new_life(world: World) -> None:
    """THREATS 15: the grace is as long as it was, whichever way the clock was set."""
    for step in (HOUR, -HOUR, -DAY):
        first = (await bought(world)).refresh_token
        second = (await world.refresh(first)).refresh_token
        assert (await world.refresh(first)).refresh_token == second
        world.clock.forward(step)
        third = await world.refresh(second)
        assert third.status == 200
        assert (await world.refresh(first)).error == "invalid_grant"


async def test_a_token_spent_just_before_the_clock_was_set_back_is_spent(world: World) -> None:
    """THREATS 15"""
    first = (await bought(world)).refresh_token
    assert (await world.refresh(first)).status == 200
    world.clock.forward(-HOUR)
    assert (await world.refresh(first)).error == "invalid_grant"


async def signs_with(world: World) -> str:
    """The key that signs now, which whoever asks for the keys now is given."""
    text = (await bought(world)).body["id_token"]
    assert (await verified(world, text)).claims["aud"] == "printer"
    return str(header_of(text)["kid"])


async def test_only_what_is_published_signs(world: World) -> None:
    """THREATS 53: RFC 7517 §5; a key whose private half is gone included."""
    old = await signs_with(world)
    new = await rotate(world, ahead=HOUR)
    seen = []
    for step in (HOUR, -HOUR, DAY, -DAY):
        world.clock.forward(step)
        seen.append(await signs_with(world))
        assert new in await published(world)
    assert seen == [new, old, new, old]
    world.clock.forward(3 * DAY)
    await world.run_job("keys")
    world.forget()
    assert old not in await published(world)
    world.clock.forward(-3 * DAY)
    assert await signs_with(world) not in (old, new)
    world.clock.forward(HOUR)
    assert await signs_with(world) == new


async def test_nothing_counts_twice_though_a_sweep_saw_another_time(world: World) -> None:
    """THREATS 58: what was spent, and tokens that were taken back."""
    runner = JobRunner(world.deployment)
    await add_oauth1_client(world)
    await world.add_client(
        "by-key", jwks=jwks_of(key_of()), token_endpoint_auth_method="private_key_jwt",
        token_endpoint_auth_signing_alg="ES256",
    )  # fmt: skip
    request = sign(world, "GET", WHOAMI, await token_credentials(world))
    assertion = signed(key_of(), claims(world, "by-key"))
    taken_back = (await bought(world)).access_token
    assert (await deliver(world, "GET", request)).status_code == 200
    assert (await prove(world, assertion)).status == 200
    assert (await world.revoke(taken_back)).status_code == 200
    for step in (HOUR, DAY):
        world.clock.forward(step)
        await sweep(world, runner)
        world.clock.forward(-step)
        assert said(await deliver(world, "GET", request)) == (401, "nonce_used")
        assert (await prove(world, assertion)).error == "invalid_client"
        assert not await world.is_active(taken_back)


async def sweep(world: World, runner: JobRunner) -> None:
    """By a process that was there before the clock was set."""
    jobs = world.deployment.store.jobs
    await jobs.ensure(["sweep"], world.clock())
    await jobs.hasten("sweep", world.clock())
    assert await runner.run("sweep")


async def test_who_got_a_password_wrong_is_not_refused_until_that_time_comes_again(
    world: World,
) -> None:
    """THREATS 49: nor is anybody let in for longer."""
    recaller = Recaller(world.deployment, KINDS, LEASE)
    await recaller.look()
    assert (await guess(world.browser, "jane", 11)).status_code == 429
    world.clock.forward(-HOUR)
    assert (await world.sign_in()).status_code == 429
    await recaller.look()
    assert (await guess(world.browser, "jane", 10)).status_code == 400
    assert (await world.sign_in()).status_code == 429
    await recaller.look()
    assert (await world.sign_in()).status_code == 429
    world.clock.forward(HOUR)
    assert (await world.sign_in()).status_code == 303
