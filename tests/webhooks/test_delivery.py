"""Calls of webhooks, made to a server that is there (Standard Webhooks 1.0.0)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from consentry.crypto.root import RootKeys
from consentry.operations import declared, keys, tenants, webhooks
from consentry.operations.apply import apply
from consentry.operations.audit import each_event
from consentry.operations.backups.making import back_up
from consentry.operations.backups.restoring import restore
from consentry.operations.manifest import Manifest
from consentry.operations.webhook_deliveries import (
    FAILING_FOR,
    MANY,
    get_delivery,
    gone,
    replay,
    replay_failed,
)
from consentry.records.outbox import DEAD, DONE, DROPPED, WAITING
from consentry.tenancy.actor import SYSTEM, Actor
from consentry_workers.effects.webhook import WAITS
from support.world import World, running_world
from webhooks.receiver import (
    ADA,
    as_admin,
    deliveries,
    happen,
    receiving,
    subscribe,
)

DAY = 86_400


async def test_a_change_is_told_and_signed(each_world: World) -> None:
    async with receiving() as receiver:
        webhook_id, secret = await subscribe(each_world, receiver.url)
        await happen(each_world, "photos.share")
        await each_world.work()
        (call,) = receiver.calls
        assert call.fits(secret) and not call.fits("whsec_" + "A" * 44)
        assert call.headers["content-type"] == "application/json"
        assert call.headers["user-agent"] == "Consentry"
        now = each_world.clock().timestamp()
        assert abs(int(call.headers["webhook-timestamp"]) - now) < 60
        event = call.event
        assert event["type"] == "scope.create"
        assert datetime.fromisoformat(event["timestamp"]).tzinfo is not None
        assert event["data"] == {
            "actor": {"kind": "user", "id": ADA.id},
            "target": {"kind": "scope", "id": "photos.share"},
            "changed": [], "detail": {}, "request_id": "",
        }  # fmt: skip
        (done,) = await deliveries(each_world, webhook_id)
        assert (done.state, done.attempts, done.outcome) == (DONE, 1, "204 No Content")
        assert call.id == f"msg_{done.effect_id.hex}"
    # Neither an address nor a name of a person goes along.
    assert b"203.0.113" not in call.body and b'ada"' not in call.body


async def test_what_changed_is_named_without_its_values(world: World) -> None:
    async with receiving() as receiver:
        await subscribe(world, receiver.url)
        await tenants.update_tenant(await as_admin(world), name="Pictures of Jane")
        await world.work()
    (call,) = receiver.calls
    assert call.event["data"]["changed"] == ["name"]
    assert b"Jane" not in call.body


async def test_an_event_of_a_change_that_was_taken_back_is_not_told(world: World) -> None:
    async with receiving() as receiver:
        await subscribe(world, receiver.url)
        ctx = await as_admin(world)
        with pytest.raises(LookupError):
            async with world.deployment.store.begin() as store:
                row = await store.tenants.by_slug("photos")
                assert row is not None
                await tenants.record_tenant(world.deployment, store, ADA, row, "tenant.enable")
                raise LookupError
        assert ctx.webhooks
        await world.work()
    assert receiver.calls == []


async def test_only_what_is_wanted_is_told(world: World) -> None:
    async with receiving() as scopes, receiving() as whole, receiving() as neither:
        await subscribe(world, scopes.url, "scope.*")
        await subscribe(world, whole.url, "scope.delete", "client.create")
        await subscribe(world, neither.url, "user.*")
        await happen(world)
        await declared.delete_scope(await as_admin(world), "a")
        await world.work()
    assert {call.event["type"] for call in scopes.calls} == {"scope.create", "scope.delete"}
    assert [call.event["type"] for call in whole.calls] == ["scope.delete"]
    assert neither.calls == []


async def test_what_happens_to_webhooks_is_told_to_none(world: World) -> None:
    async with receiving() as receiver:
        await subscribe(world, receiver.url)
        other, _ = await subscribe(world, receiver.url, "user.*")
        await webhooks.disable_webhook(await as_admin(world), other)
        await world.work()
    assert receiver.calls == []


async def test_what_is_noted_where_no_context_is_at_hand_is_told_too(world: World) -> None:
    manifest = Manifest.parse("tenants: [{slug: photos, scopes: [{name: b}, {name: c}]}]")
    async with receiving() as receiver:
        await subscribe(world, receiver.url, "scope.*", "key.*", "tenant.*")
        await apply(world.deployment, manifest, actor=Actor("system", "root"))
        roots = RootKeys.parse(f"{'a new root key ' * 4},{'only-for-tests-' * 4}")
        world.deployment = replace(world.deployment, root_keys=roots)
        await keys.rewrap(world.deployment, actor=SYSTEM)
        async with world.deployment.store.begin() as store:
            row = await store.tenants.by_slug("photos")
            assert row is not None
            await tenants.record_tenant(world.deployment, store, ADA, row, "tenant.enable")
        await world.work()
    found = sorted(
        (call.event["type"], call.event["data"]["target"]["id"]) for call in receiver.calls
    )
    assert found == [
        ("key.rewrap", ""),
        ("scope.create", "b"),
        ("scope.create", "c"),
        ("tenant.enable", "photos"),
    ]
    by = {str(call.event["data"]["detail"].get("by")) for call in receiver.calls}
    assert by == {"apply", "None"}
    # At a terminal the id is the name somebody has on that machine.
    assert {call.event["data"]["actor"]["id"] for call in receiver.calls} == {"", ADA.id}


async def test_a_tenant_that_is_brought_back_tells_so(world: World, pg_database: str) -> None:
    lines: list[bytes] = []
    async with receiving() as receiver:
        _, secret = await subscribe(world, receiver.url, "backup.*")
        await back_up(world.deployment, lines.append, "photos")
        whole = b"".join(lines).splitlines(keepends=True)
        async with running_world(pg_database, fetch_private_addresses=True) as other:
            for slug in list(other.tenants):
                await other.deployment.store.tenants.delete(other.tenants.pop(slug))
            await restore(other.deployment, lambda: iter(whole))
            await other.work()
    (call,) = receiver.calls
    assert call.event["type"] == "backup.restore" and call.fits(secret)


async def test_two_tenants_are_apart(world: World) -> None:
    await world.add_tenant("letters")
    async with receiving() as ours, receiving() as theirs:
        _, our_secret = await subscribe(world, ours.url)
        webhook_id, their_secret = await subscribe(world, theirs.url, slug="letters")
        await happen(world, "ours")
        await happen(world, "theirs", "letters")
        await world.work()
    ((our,), (their,)) = ours.calls, theirs.calls
    assert our.event["data"]["target"]["id"] == "ours" and our.fits(our_secret)
    assert their.event["data"]["target"]["id"] == "theirs" and not their.fits(our_secret)
    assert their.fits(their_secret)
    assert await world.store().webhooks.get(webhook_id) is None
    assert await deliveries(world, webhook_id) == []


async def test_a_call_that_failed_is_tried_by_the_schedule_with_one_id(world: World) -> None:
    async with receiving("500 Error", "302 Found", "200 OK") as receiver:
        webhook_id, secret = await subscribe(world, receiver.url)
        await happen(world)
        await world.work()
        (waiting,) = await deliveries(world, webhook_id)
        assert (waiting.state, waiting.outcome) == (WAITING, "500 Internal Server Error")
        world.clock.forward(WAITS[0] * 0.85)
        await world.work()
        assert len(receiver.calls) == 1
        world.clock.forward(WAITS[0] * 0.3)
        await world.work()
        assert (await deliveries(world, webhook_id))[0].outcome == "302 Found"
        world.clock.forward(WAITS[1] * 1.15)
        await world.work()
    first, second, third = receiver.calls
    assert first.id == second.id == third.id and first.body == second.body == third.body
    stamps = [int(call.headers["webhook-timestamp"]) for call in receiver.calls]
    assert stamps[0] < stamps[1] < stamps[2]
    assert all(call.fits(secret) for call in receiver.calls)
    (done,) = await deliveries(world, webhook_id)
    assert (done.state, done.attempts) == (DONE, 3)


async def test_a_call_is_given_up_after_three_days(world: World) -> None:
    async with receiving("500 Error") as receiver:
        webhook_id, _ = await subscribe(world, receiver.url)
        await happen(world)
        for wait in (0, *WAITS):
            world.clock.forward(wait * 1.15)
            await world.work()
    (dead,) = await deliveries(world, webhook_id)
    assert (dead.state, dead.attempts, len(receiver.calls)) == (DEAD, 10, 10)
    row = await world.store().webhooks.get(webhook_id)
    assert row is not None and row.disabled_at is None


async def test_no_answer_is_a_failure_told_without_particulars(world: World) -> None:
    async with receiving() as receiver:
        webhook_id, _ = await subscribe(world, receiver.url)
    await happen(world)
    await world.work()
    (waiting,) = await deliveries(world, webhook_id)
    assert (waiting.state, waiting.outcome) == (WAITING, "no answer: ConnectError")


@pytest.mark.parametrize("status", ["429 Too Many", "503 Busy"])
async def test_who_is_busy_says_when_to_come_again(world: World, status: str) -> None:
    """RFC 9110 §10.2.3"""
    async with receiving(status, more=("Retry-After: 600",)) as receiver:
        webhook_id, _ = await subscribe(world, receiver.url)
        await happen(world)
        await world.work()
    (waiting,) = await deliveries(world, webhook_id)
    assert waiting.due_at - world.clock() > timedelta(seconds=590)


async def test_nobody_makes_us_wait_for_longer_than_a_day(world: World) -> None:
    async with receiving("503 Busy", more=("Retry-After: 9999999",)) as receiver:
        webhook_id, _ = await subscribe(world, receiver.url)
        await happen(world)
        await world.work()
    (waiting,) = await deliveries(world, webhook_id)
    assert waiting.due_at - world.clock() <= timedelta(seconds=DAY)


async def test_a_new_address_is_not_switched_off_by_what_the_former_answered(world: World) -> None:
    async with receiving() as receiver:
        webhook_id, _ = await subscribe(world, receiver.url)
        before = await world.store().webhooks.get(webhook_id)
        assert before is not None
        world.clock.forward(1)
        wanted = webhooks.Wanted(url=f"{receiver.url}/moved")
        await webhooks.update_webhook(await as_admin(world), webhook_id, wanted)
        await gone(await as_admin(world), before)
    row = await world.store().webhooks.get(webhook_id)
    assert row is not None and row.disabled_at is None


async def test_a_receiver_that_is_gone_is_called_no_more(world: World) -> None:
    async with receiving("410 Gone") as receiver:
        webhook_id, _ = await subscribe(world, receiver.url)
        await happen(world)
        await world.work()
        row = await world.store().webhooks.get(webhook_id)
        assert row is not None and "410 Gone" in row.disabled_reason
        (dead,) = await deliveries(world, webhook_id)
        assert (dead.state, dead.outcome) == (DEAD, "410 Gone")
        await happen(world, "b")
        await world.work()
        assert len(receiver.calls) == 1
    trail = [one async for one in each_event(world.store().audit)]
    (told,) = [one for one in trail if one.action == "webhook.disable"]
    assert told.actor_kind == "system" and "410" in told.detail["reason"]
    # Enabled again it hears what happens from then on, and has no reason any more.
    row = await webhooks.enable_webhook(await as_admin(world), webhook_id)
    assert (row.disabled_at, row.disabled_reason) == (None, "")


async def test_a_webhook_that_fails_for_days_is_disabled(world: World) -> None:
    async with receiving("500 Error") as receiver:
        webhook_id, _ = await subscribe(world, receiver.url)
        for number in range(MANY):
            await happen(world, f"s{number}")
        for wait in (0, *WAITS):
            world.clock.forward(wait * 1.15)
            await world.work()
    row = await world.store().webhooks.get(webhook_id)
    assert row is not None and row.disabled_reason == "nothing could be delivered for days"
    assert FAILING_FOR > timedelta(seconds=sum(WAITS) * 1.15)


async def test_a_webhook_that_delivers_now_and_then_is_left_alone(world: World) -> None:
    async with receiving("200 OK", "500 Error") as receiver:
        webhook_id, _ = await subscribe(world, receiver.url)
        await happen(world, "well")
        await world.work()
        for number in range(MANY):
            await happen(world, f"s{number}")
        for wait in (0, *WAITS):
            world.clock.forward(wait * 1.15)
            await world.work()
    row = await world.store().webhooks.get(webhook_id)
    assert row is not None and row.disabled_at is None


async def test_what_waits_for_a_webhook_that_is_disabled_or_gone_is_dropped(world: World) -> None:
    async with receiving() as receiver:
        off, _ = await subscribe(world, receiver.url)
        gone, _ = await subscribe(world, receiver.url)
        await happen(world)
        await webhooks.disable_webhook(await as_admin(world), off)
        await webhooks.delete_webhook(await as_admin(world), gone)
        await world.work()
        assert receiver.calls == []
        assert [one.state for one in await deliveries(world, off)] == [DROPPED]
        assert [one.outcome for one in await deliveries(world, gone)] == ["the webhook is gone"]


async def test_a_disabled_tenant_sends_nothing(world: World) -> None:
    async with receiving() as receiver:
        webhook_id, _ = await subscribe(world, receiver.url)
        await happen(world)
        await tenants.disable_tenant(world.deployment, "photos", actor=SYSTEM)
        await world.work()
    assert receiver.calls == []
    assert {one.state for one in await deliveries(world, webhook_id)} == {DROPPED}


async def test_a_call_is_made_again_with_the_same_id(world: World) -> None:
    async with receiving("200 OK") as receiver:
        webhook_id, _ = await subscribe(world, receiver.url)
        await happen(world)
        await world.work()
        (done,) = await deliveries(world, webhook_id)
        await replay(await as_admin(world), webhook_id, done.effect_id)
        await world.work()
    first, second = receiver.calls
    assert (first.id, first.body) == (second.id, second.body)
    again = await get_delivery(await as_admin(world), webhook_id, done.effect_id)
    assert (again.state, again.attempts) == (DONE, 1)


async def test_all_that_failed_since_a_time_is_made_again(world: World) -> None:
    async with receiving("410 Gone", "200 OK") as receiver:
        webhook_id, _ = await subscribe(world, receiver.url)
        await happen(world, "before")
        await world.work()
        await webhooks.enable_webhook(await as_admin(world), webhook_id)
        world.clock.forward(60)
        since = world.clock()
        await happen(world, "well")
        await world.work()
        await happen(world, "lost")
        await webhooks.disable_webhook(await as_admin(world), webhook_id)
        await world.work()
        await webhooks.enable_webhook(await as_admin(world), webhook_id)
        assert await replay_failed(await as_admin(world), webhook_id, since) == 1
        assert await replay_failed(await as_admin(world), webhook_id, since) == 0
        await world.work()
    told = [call.event["data"]["target"]["id"] for call in receiver.calls]
    assert told == ["before", "well", "lost"]


async def test_no_private_address_is_called(sqlite_database: str) -> None:
    """THREATS 55"""
    async with receiving() as receiver, running_world(sqlite_database) as strict:
        url = f"https://127.0.0.1:{receiver.origin.port}/"
        webhook_id, _ = await subscribe(strict, url)
        await happen(strict)
        await strict.work()
        (waiting,) = await deliveries(strict, webhook_id)
        assert waiting.outcome == "the host is not on the public internet"
    assert receiver.calls == []


async def test_a_redirect_leads_nowhere(world: World) -> None:
    """THREATS 55"""
    async with receiving() as inner:
        async with receiving("307 Temporary", more=(f"Location: {inner.url}",)) as receiver:
            await subscribe(world, receiver.url)
            await happen(world)
            await world.work()
        assert len(receiver.calls) == 1
    assert inner.calls == []
