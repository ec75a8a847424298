"""A data key that leaked is taken out: what hangs on it ends, and what is stored stays."""

import asyncio

import asyncpg
import pytest

from consentry.operations import kept_answers
from consentry.operations.changing import changing
from consentry.operations.data_key_rotation import WAIT
from consentry.operations.data_keys import SETTLED, drop_data_key, rotate_data_key
from consentry.operations.errors import Conflict, NotFound, Refused
from consentry.operations.rows import with_changes
from consentry.operations.webhook_secrets import unsealed
from operations.keeper import (
    KEEPER,
    context,
    database,
    each_world,
    keeping,
    live_tokens,
    refreshed,
    rotated,
    sealed_under,
    states,
    world,
)
from support.token_side import eventually
from support.world import World
from webhooks.receiver import subscribe

__all__ = ["database", "each_world", "world"]
DAY_S = 86_400


async def test_a_key_that_leaked_is_dropped_with_all_that_hangs_on_it(each_world: World) -> None:
    tokens = await live_tokens(each_world)
    await rotated(each_world)
    each_world.clock.forward(SETTLED.total_seconds())
    await drop_data_key(await context(each_world), 1)
    each_world.forget()
    assert await states(each_world) == [(2, "sealing")]
    assert not await each_world.is_active(tokens.access_token, client_id=KEEPER)
    assert (await refreshed(each_world, tokens)).error == "invalid_grant"
    # What is stored was sealed anew: the client's secret, the signing keys.
    assert set.union(*(await sealed_under(each_world)).values()) == {2}
    assert (await live_tokens(each_world)).body["id_token"]
    events = {row.action: row.target_id for row in await each_world.store().audit.page(limit=20)}
    assert (events["data_key.create"], events["data_key.delete"]) == ("2", "1")


async def test_what_was_answered_is_answered_again_after_its_key_was_dropped(world: World) -> None:
    """draft-ietf-httpapi-idempotency-key-header"""
    await kept_answers.keep_answer(await context(world), "key", b"asked", b"told")
    await rotated(world)
    world.clock.forward(SETTLED.total_seconds())
    await drop_data_key(await context(world), 1)
    assert await kept_answers.kept_answer(await context(world), "key", b"asked") == b"told"


async def test_the_key_that_seals_is_not_dropped_and_neither_is_one_that_is_not_there(
    world: World,
) -> None:
    with pytest.raises(Refused, match="seals what is made now"):
        await drop_data_key(await context(world), 1)
    with pytest.raises(NotFound):
        await drop_data_key(await context(world), 2)


async def test_a_key_is_not_dropped_while_requests_that_began_under_it_may_go_on(
    world: World,
) -> None:
    await rotated(world)
    with pytest.raises(Conflict, match="less than a minute"):
        await drop_data_key(await context(world), 1)
    world.clock.forward(SETTLED.total_seconds())
    await drop_data_key(await context(world), 1)


async def test_a_clock_that_was_ahead_keeps_no_leaked_key(world: World) -> None:
    await rotated(world)
    world.clock.forward(-DAY_S)
    await drop_data_key(await context(world), 1)


async def test_one_that_begins_to_seal_while_it_is_dropped_stays(pg_database: str) -> None:
    """On SQLite no two write at once, nor in the next test."""
    async with keeping(pg_database) as world:
        await rotate_data_key(await context(world))
        ctx = await context(world)
        async with changing(ctx) as inner:
            dropping = asyncio.create_task(drop_data_key(await context(world), 2))
            await eventually(lambda: somebody_waits(pg_database))
            assert await inner.store.keys.let_seal(2, ctx.now(), review_at=ctx.now() + WAIT)
        with pytest.raises(Conflict, match="began to seal"):
            await dropping
        assert await states(world) == [(2, "sealing"), (1, "opening")]


async def test_what_is_stored_under_it_while_it_is_dropped_is_sealed_anew_too(
    pg_database: str,
) -> None:
    async with keeping(pg_database) as world:
        await subscribe(world, "https://hooks.example.com/")
        late = await context(world)
        [hook] = await late.store.webhooks.all()
        await rotated(world)
        world.clock.forward(SETTLED.total_seconds())
        async with changing(late) as inner:
            dropping = asyncio.create_task(drop_data_key(await context(world), 1))
            await eventually(lambda: somebody_waits(pg_database))
            await inner.store.webhooks.save(with_changes(hook, description="said late"))
        await dropping
        new = await context(world)
        [stored] = await new.store.webhooks.all()
        assert (new.keys.versions, stored.description) == ((2,), "said late")
        assert unsealed(new.keys, stored.sealed) == unsealed(late.keys, hook.sealed)


async def somebody_waits(url: str) -> bool:
    """Whether a transaction of this database waits for another."""
    query = """SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'"""
    connection = await asyncpg.connect(url)
    try:
        return bool(await connection.fetchval(query))
    finally:
        await connection.close()


async def test_a_context_that_seals_by_another_key_drops_none(world: World) -> None:
    stale = await context(world)
    await rotated(world)
    await rotate_data_key(await context(world))
    with pytest.raises(Conflict, match="try again"):
        await drop_data_key(stale, 1)
