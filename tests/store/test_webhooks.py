"""Webhooks are kept, listed and forgotten inside their tenant."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from consentry.records.outbox import DEAD, DONE, DROPPED
from consentry.records.webhook import Webhook
from consentry.store.sql.store import SqlStore
from store.rows import DAY, HOUR, NOW, SECOND, Place, done_effect, effect


def webhook(**changed: Any) -> Webhook:
    """One that is called for everything."""
    given = {"webhook_id": uuid4(), "url": "https://a.example/", "sealed": b"\x01\x00"}
    given |= {"created_at": NOW, "changed_at": NOW}
    return Webhook(tenant_id=uuid4(), **{**given, **changed})


async def test_webhooks_are_listed_the_oldest_first(here: Place, elsewhere: Place) -> None:
    rows = [webhook(created_at=NOW + n * SECOND) for n in (2, 0, 1)]
    ids = [one.webhook_id for one in rows]
    for one in rows:
        await here.inside.webhooks.save(one)
    assert [one.webhook_id for one in await here.inside.webhooks.all()] == [ids[1], ids[2], ids[0]]
    assert await elsewhere.inside.webhooks.all() == []


async def test_a_webhook_is_changed_and_read_back(here: Place, elsewhere: Place) -> None:
    first = webhook(description="one")
    id = first.webhook_id
    await here.inside.webhooks.save(first)
    later = NOW + HOUR
    await here.inside.webhooks.save(
        webhook(
            webhook_id=id, description="two", events="client.*", former_sealed=b"\xff",
            former_until=later, disabled_at=later, disabled_reason="gone",
        )
    )  # fmt: skip
    found = await here.inside.webhooks.get(id)
    assert found is not None and len(await here.inside.webhooks.all()) == 1
    assert (found.description, found.events, found.sealed) == ("two", "client.*", b"\x01\x00")
    assert (found.former_sealed, found.former_until, found.disabled_at) == (b"\xff", later, later)
    assert await elsewhere.inside.webhooks.get(id) is None


async def test_a_webhook_is_forgotten_once_and_by_its_tenant_alone(
    here: Place, elsewhere: Place
) -> None:
    row = webhook()
    id = row.webhook_id
    await here.inside.webhooks.save(row)
    assert not await elsewhere.inside.webhooks.remove(id)
    assert await here.inside.webhooks.remove(id)
    assert not await here.inside.webhooks.remove(id)
    assert await here.inside.webhooks.get(id) is None


async def test_a_change_of_webhooks_is_news(here: Place, store: SqlStore) -> None:
    async def changed_at() -> Any:
        found = await store.tenants.get(here.tenant.tenant_id)
        assert found is not None
        return found.changed_at

    before, row = await changed_at(), webhook()
    id = row.webhook_id
    await here.inside.webhooks.save(row)
    between = await changed_at()
    await here.inside.webhooks.remove(id)
    assert before < between < await changed_at()


async def test_what_came_to_nothing_is_done_again_the_oldest_first(
    here: Place, elsewhere: Place
) -> None:
    when = [NOW - timedelta(seconds=n) for n in range(6)]
    old, dead, dropped, late, done, other = (
        done_effect(created_at=when[5], state=DEAD),
        done_effect(created_at=when[4], state=DEAD, attempts=7),
        done_effect(created_at=when[3], state=DROPPED),
        done_effect(created_at=when[2], state=DEAD),
        done_effect(created_at=when[1], state=DONE),
        done_effect(created_at=when[1], state=DEAD, subject="b2"),
    )
    await here.inside.outbox.add([old, dead, dropped, late, done, other])
    await elsewhere.inside.outbox.add([done_effect(state=DEAD)])

    async def again(limit: int) -> int:
        return await here.inside.outbox.undone_again(
            "webhook", subject="a1", since=when[4], now=NOW + DAY, limit=limit
        )

    assert await again(2) == 2
    found = [await here.inside.outbox.get(one.effect_id) for one in (dead, dropped, late)]
    assert [one.state for one in found if one] == ["waiting", "waiting", DEAD]
    first = found[0]
    assert first is not None
    assert (first.attempts, first.due_at, first.finished_at) == (0, NOW + DAY, None)
    assert (await again(9), await again(9)) == (1, 0)
    left = await here.inside.outbox.counts("webhook", subject="a1", since=when[5])
    assert left == {DEAD: 1, DONE: 1, "waiting": 3}
    assert await elsewhere.inside.outbox.counts("webhook", subject="a1", since=NOW) == {DEAD: 1}


async def test_effects_are_counted_from_a_moment_on(here: Place) -> None:
    await here.inside.outbox.add([effect(created_at=NOW - n * SECOND) for n in range(3)])
    counts = here.inside.outbox.counts
    assert await counts("webhook", subject="a1", since=NOW - SECOND) == {"waiting": 2}
    assert await counts("webhook", subject="b2", since=NOW - HOUR) == {}
    assert await counts("mail", subject="a1", since=NOW - HOUR) == {}
