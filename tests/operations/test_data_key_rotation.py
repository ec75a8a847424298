"""Data keys are followed by new ones in time; what they sealed opens for as long as it counts."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from consentry.crypto.seal import Unsealable
from consentry.operations import kept_answers, mail_tokens
from consentry.operations.data_key_rotation import (
    AGAIN,
    AHEAD,
    DEFAULT_LIFETIME,
    WAIT,
    follows_at,
)
from consentry.operations.data_keys import COLUMNS, publish_next, rotate_data_key
from consentry.operations.errors import Conflict
from consentry.operations.key_rotation import SPREAD
from consentry.operations.webhook_secrets import unsealed
from consentry.records.policy import Policy
from consentry.store.data_keys import AgedDataKey
from consentry.store.sql import tables
from consentry.tenancy.operators import open_operators
from operations.keeper import (
    KEEPER,
    context,
    database,
    each_world,
    keeping,
    live_tokens,
    refreshed,
    rotated,
    run,
    sealed_under,
    states,
    world,
)
from support.people import withdraw_app
from support.signing import KEY, add_oauth1_client, token_credentials, whoami
from support.token_side import another_process
from support.world import World
from webhooks.receiver import subscribe

__all__ = ["database", "each_world", "world"]
NOW = datetime(2026, 5, 4, tzinfo=UTC)
DAY_S = 86_400


def aged(number: int, lifetime: int | None = None) -> AgedDataKey:
    return AgedDataKey(UUID(int=number), 1, NOW, lifetime)


# When


def test_keys_of_one_day_are_followed_at_different_times_and_none_too_late() -> None:
    times = [follows_at(aged(n)) for n in range(1_000)]
    first = NOW + timedelta(seconds=DEFAULT_LIFETIME * (1 - SPREAD))
    assert first <= min(times) and max(times) <= NOW + timedelta(seconds=DEFAULT_LIFETIME)
    assert len({at.date() for at in times}) >= 30, "spread over the days there are"
    assert follows_at(aged(7)) == follows_at(aged(7))


def test_a_tenants_own_lifetime_counts_and_none_is_never() -> None:
    assert follows_at(aged(1, 10 * DAY_S)) < NOW + timedelta(days=10)
    assert follows_at(aged(1, 0)).year == 9999


def test_what_has_an_end_of_its_own_is_over_when_an_old_key_is_looked_at() -> None:
    limits = {name: field.metadata for name, field in Policy.model_fields.items()}
    longest_access = max(getattr(one, "le", 0) for one in limits["access_token_lifetime"])
    own = [*mail_tokens.LIFETIMES.values(), kept_answers.LIFETIME]
    assert max(*own, timedelta(seconds=longest_access)) < WAIT


async def test_it_is_followed_when_its_time_has_come_and_not_before(each_world: World) -> None:
    await each_world.add_tenant("sounds", data_key_lifetime=10 * DAY_S)
    await each_world.add_tenant("never", data_key_lifetime=0)
    each_world.clock.forward(10 * DAY_S)
    assert await run(each_world) == {"published": 1}
    assert await states(each_world, "sounds") == [(2, "waiting"), (1, "sealing")]
    assert await states(each_world) == [(1, "sealing")]
    each_world.clock.forward(DEFAULT_LIFETIME)
    assert (await run(each_world))["published"] == 1
    assert await states(each_world) == [(2, "waiting"), (1, "sealing")]
    assert await states(each_world, "never") == [(1, "sealing")]


async def test_a_key_that_is_still_to_seal_is_not_followed(world: World) -> None:
    await rotate_data_key(await context(world))
    assert await run(world, AHEAD - timedelta(seconds=2)) == {}
    with pytest.raises(Conflict, match="seals nothing yet"):
        await rotate_data_key(await context(world))
    assert await run(world, timedelta(seconds=4)) == {"sealing": 1}
    assert await rotate_data_key(await context(world)) == 3


async def test_two_that_follow_the_same_key_make_one(world: World) -> None:
    await rotated(world)
    ctx = await context(world)
    assert await publish_next(ctx, after=1) is None
    assert await publish_next(ctx, after=2) == 3


async def test_nothing_is_made_for_a_tenant_that_is_disabled(world: World) -> None:
    """THREATS 38"""
    row = await world.deployment.store.tenants.by_slug("photos")
    assert row is not None
    row.disabled_at = world.clock()
    await world.deployment.store.tenants.save(row)
    assert await run(world, timedelta(seconds=DEFAULT_LIFETIME)) == {}


async def test_the_base_host_has_its_own_followed_too(world: World) -> None:
    before = await open_operators(world.deployment)
    sealed = before.keys.seal("test", b"said")
    world.clock.forward(DEFAULT_LIFETIME)
    await run(world)
    await run(world, AHEAD + timedelta(seconds=1))
    after = await open_operators(world.deployment)
    assert (after.keys.current, after.keys.unseal("test", sealed)) == (2, b"said")
    await run(world, WAIT)
    assert (await open_operators(world.deployment)).keys.versions == (2,)


# What it seals


async def test_a_token_of_the_new_key_opens_at_a_process_that_heard_of_it_before_it_sealed(
    pg_database: str,
) -> None:
    """THREATS 53"""
    async with keeping(pg_database) as world, another_process(world) as other:
        await rotate_data_key(await context(world))
        world.forget()
        other.forget()
        tokens = await live_tokens(world)
        assert await other.is_active(tokens.access_token, client_id=KEEPER)
        # The other process has not heard that it seals now.
        world.clock.forward(AHEAD.total_seconds() + 1)
        await world.run_job("data-keys")
        world.forget()
        new = await refreshed(world, tokens)
        assert (await context(world)).keys.current == 2
        assert await other.is_active(new.access_token, client_id=KEEPER)
        assert (await refreshed(other, new)).status == 200


async def test_what_was_issued_counts_throughout_and_the_old_key_goes_when_it_is_renewed(
    each_world: World,
) -> None:
    """THREATS 53"""
    tokens = await live_tokens(each_world)
    await rotated(each_world)
    assert await each_world.is_active(tokens.access_token, client_id=KEEPER)
    # As old as the old key: it may be of it, so this stays.
    assert (await run(each_world, WAIT)).get("dropped", 0) == 0
    assert await states(each_world) == [(2, "sealing"), (1, "opening")]
    tokens = await refreshed(each_world, tokens)
    assert tokens.status == 200
    assert await run(each_world, AGAIN - timedelta(seconds=60)) == {}, "looked at once a week"
    assert await run(each_world, timedelta(seconds=120)) == {"dropped": 1}
    assert await states(each_world) == [(2, "sealing")]
    assert (await refreshed(each_world, tokens)).status == 200


async def test_an_authorization_that_ended_keeps_no_key(world: World) -> None:
    tokens = await live_tokens(world)
    await rotated(world)
    await world.revoke(tokens.refresh_token, client_id=KEEPER)
    assert (await run(world, WAIT))["dropped"] == 1


async def test_credentials_without_an_end_keep_their_key_until_they_are_withdrawn(
    world: World,
) -> None:
    """RFC 5849 §4.10"""
    await add_oauth1_client(world)
    held = await token_credentials(world)
    await rotated(world)
    await run(world, WAIT)
    for _ in range(3):
        assert await run(world, AGAIN) == {}
    assert (await whoami(world, held)).status_code == 200
    await world.sign_in()
    await withdraw_app(world.browser, KEY)
    assert await run(world, AGAIN) == {"dropped": 1}


async def test_what_is_stored_is_sealed_anew_and_says_the_same(each_world: World) -> None:
    await subscribe(each_world, "https://hooks.example.com/")
    ctx = await context(each_world)
    [hook] = await ctx.store.webhooks.all()
    await live_tokens(each_world)
    before = await sealed_under(each_world)
    assert before == {
        "client_secret.sealed": {1}, "signing_key.sealed": {1}, "webhook.sealed": {1},
    }  # fmt: skip
    await rotated(each_world)
    assert (await run(each_world, WAIT))["resealed"] >= 3
    assert await sealed_under(each_world) == {column: {2} for column in before}
    [stored] = await ctx.store.webhooks.all()
    new = await context(each_world)
    assert unsealed(new.keys, stored.sealed) == unsealed(ctx.keys, hook.sealed)
    assert (await live_tokens(each_world)).body["id_token"]


async def test_a_value_that_does_not_open_is_kept_with_its_key_and_told(world: World) -> None:
    await rotated(world)
    [value] = await world.store().sealed.under("client_secret.sealed", 1, limit=1)
    await world.store().sealed.replace("client_secret.sealed", value, value.sealed[:-1] + b"!")
    world.clock.forward(WAIT.total_seconds())
    assert "1 data keys were left" in (await world.run_job("data-keys")).error
    assert await states(world) == [(2, "sealing"), (1, "opening")]


def test_every_column_that_is_sealed_is_sealed_anew() -> None:
    binary = {
        f"{table.name}.{column.name}"
        for table in tables.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, sa.LargeBinary)
    }
    not_sealed = {"client_secret.digest", "tenant_key.wrapped"}
    assert binary == not_sealed | set(COLUMNS)


async def test_tenants_have_their_own_keys(world: World) -> None:
    """THREATS 39"""
    await world.add_tenant("sounds")
    await rotated(world)
    assert await states(world, "sounds") == [(1, "sealing")]
    theirs = (await context(world, "sounds")).keys.seal("client-secret", b"hidden")
    with pytest.raises(Unsealable):
        (await context(world)).keys.unseal("client-secret", theirs)
