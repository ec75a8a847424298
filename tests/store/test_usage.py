"""Counts add up, whoever adds them, and are summed without loss."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

from consentry.records.usage import ALL, DAY, HOUR, MINUTE, Counted
from consentry.store.sql.store import SqlStore
from store.rows import HOUR as AN_HOUR
from store.rows import NOW, Place

MINUTES = int(NOW.timestamp()) // 60
ONE = (1, 1, 0, 0, 0, 0, 0, 0, 0)
EVER = (NOW - timedelta(days=900), NOW + timedelta(days=900))


def counted(place: Place, client_id: str = "printer", **changed: Any) -> Counted:
    given: dict[str, Any] = {"minute": MINUTES, "what": "client_credentials", "outcome": "ok"}
    given["counts"] = ONE
    return Counted(tenant_id=place.tenant.tenant_id, client_id=client_id, **{**given, **changed})


async def total(place: Place, client_id: str = "printer") -> tuple[int, ...]:
    found = await place.inside.usage.read(client_id, *EVER)
    return tuple(sum(column) for column in zip(*(one.counts for one in found), strict=True))


async def test_processes_that_add_at_once_add_up(
    here: Place, store: SqlStore, neighbour: SqlStore
) -> None:
    clients = [f"client-{n}" for n in range(20)]
    for _ in range(5):
        await asyncio.gather(
            *(
                one.usage.add([counted(here, name) for name in order])
                for one in (store, neighbour)
                for order in (clients, clients[::-1])
            )
        )
    assert {await total(here, name) for name in clients} == {(20, 20, 0, 0, 0, 0, 0, 0, 0)}


async def test_a_tenant_reads_its_own_counts(
    here: Place, elsewhere: Place, store: SqlStore
) -> None:
    """THREATS 38"""
    await store.usage.add([counted(here), counted(elsewhere), counted(elsewhere, "other")])
    assert await total(here) == ONE
    assert await total(here, "other") == ()


async def test_minutes_become_hours_and_hours_days_and_nothing_is_lost(
    here: Place, store: SqlStore
) -> None:
    rows = [
        counted(here, minute=MINUTES + n, outcome=outcome, counts=(n, 0, n, 0, 0, 0, 0, 0, 0))
        for n in range(1, 200)
        for outcome in ("ok", "invalid_grant")
    ]
    await store.usage.add(rows)
    before = await total(here)
    later = NOW + 9 * AN_HOUR
    while await store.usage.roll_up(MINUTE, HOUR, later, most=70):
        assert await total(here) == before, "at every step"
    found = await here.inside.usage.read("printer", *EVER)
    assert len(found) == 8 and {one.at.minute for one in found} == {0}
    await store.usage.add(rows[:1])
    assert await store.usage.roll_up(MINUTE, HOUR, later, most=70) == 1
    assert await store.usage.roll_up(HOUR, DAY, NOW, most=70) == 2, "the hour that began before"
    assert await store.usage.roll_up(HOUR, DAY, later, most=70) == 6
    assert (await total(here))[0] == before[0] + 1
    assert {one.at.hour for one in await here.inside.usage.read("printer", *EVER)} == {0}
    assert await store.usage.forget(NOW, most=1) == 1
    assert await store.usage.forget(NOW, most=9) == 1
    assert await total(here) == ()


async def test_two_that_sum_up_at_once_count_nothing_twice(
    here: Place, store: SqlStore, neighbour: SqlStore
) -> None:
    await store.usage.add([counted(here, minute=MINUTES + n) for n in range(200)])
    await asyncio.gather(
        *(
            one.usage.roll_up(MINUTE, HOUR, NOW + 9 * AN_HOUR, most=60)
            for one in (store, neighbour, store, neighbour)
        )
    )
    assert (await total(here))[0] == 200


async def test_tokens_are_told_by_tenant_and_by_client(
    here: Place, elsewhere: Place, store: SqlStore
) -> None:
    some = [
        counted(here, ALL, counts=(5, 5, 0, 0, 0, 0, 0, 0, 0)),
        counted(here, ALL, outcome="invalid_client"),
        counted(here, ALL, what="introspection"),
        counted(here, ALL, minute=MINUTES - 120),
        counted(here, "printer", counts=(3, 3, 0, 0, 0, 0, 0, 0, 0)),
        counted(here, "till", what="refresh_token"),
        counted(elsewhere, ALL, what="userinfo"),
    ]
    await store.usage.add(some)
    ids = [here.tenant.tenant_id, elsewhere.tenant.tenant_id, uuid4()]
    since = NOW - timedelta(minutes=30)
    assert await store.usage.tokens(ids, since) == {here.tenant.tenant_id: 5}
    assert await here.inside.usage.busiest(since, limit=9) == [("printer", 3), ("till", 1)]
    assert await here.inside.usage.busiest(since, limit=1) == [("printer", 3)]
