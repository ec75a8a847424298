"""Counts add up, whoever adds them, and are summed without loss."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from consentry.records.usage import ALL, DAY, HOUR, MINUTE, PEOPLE, Counted, PeopleOfDay
from consentry.store.sql import usage_rolling
from consentry.store.sql.store import SqlStore
from consentry.store.usage import Reached, RolledUp, Seen
from store.rows import HOUR as AN_HOUR
from store.rows import NOW, Place, login, user

MINUTES = int(NOW.timestamp()) // 60
ONE = (1, 1, 0, 0, 0, 0, 0, 0, 0)
EVER = (NOW - timedelta(days=900), NOW + timedelta(days=900))


def counted(place: Place, client_id: str = "printer", **changed: Any) -> Counted:
    given: dict[str, Any] = {"minute": MINUTES, "what": "client_credentials", "outcome": "ok"}
    given["counts"] = ONE
    return Counted(tenant_id=place.tenant.tenant_id, client_id=client_id, **{**given, **changed})


async def rolled(store: SqlStore, source: str, target: str, before: Any, most: int = 70) -> int:
    """Sum up to the end; how many there were."""
    count, done = 0, RolledUp(0, None, is_over=False)
    while not done.is_over:
        done = await store.usage.roll_up(source, target, before, after=done.after, most=most)
        count += done.rows
    return count


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
    done = RolledUp(0, None, is_over=False)
    while not done.is_over:
        done = await store.usage.roll_up(MINUTE, HOUR, later, after=done.after, most=70)
        assert done.rows <= 70
        assert await total(here) == before, "at every step"
    found = await here.inside.usage.read("printer", *EVER)
    assert len(found) == 8 and {one.at.minute for one in found} == {0}
    await store.usage.add(rows[:1])
    assert await rolled(store, MINUTE, HOUR, later) == 1
    assert await rolled(store, HOUR, DAY, NOW) == 2, "the hour that began before"
    assert await rolled(store, HOUR, DAY, later) == 6
    assert (await total(here))[0] == before[0] + 1
    assert {one.at.hour for one in await here.inside.usage.read("printer", *EVER)} == {0}
    assert await store.usage.forget(NOW, most=1) == 1
    assert await store.usage.forget(NOW, most=9) == 1
    assert await total(here) == ()


async def test_two_that_sum_up_at_once_count_nothing_twice(
    here: Place, store: SqlStore, neighbour: SqlStore
) -> None:
    rows = [counted(here, minute=MINUTES + n) for n in range(200)]
    await store.usage.add(rows)
    later = NOW + 9 * AN_HOUR
    steps = [rolled(one, MINUTE, HOUR, later, 60) for one in (store, neighbour, store, neighbour)]
    await asyncio.gather(*steps, store.usage.add(rows), neighbour.usage.add(rows[::-1]))
    assert (await total(here))[0] == 600
    await rolled(store, MINUTE, HOUR, later)
    assert (await total(here))[0] == 600
    assert len(await here.inside.usage.read("printer", *EVER)) == 4


async def test_each_tenant_has_its_turn_once(
    here: Place, elsewhere: Place, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage_rolling, "TENANTS_AT_ONCE", 1)
    rows = [counted(one, minute=MINUTES + n) for one in (here, elsewhere) for n in (0, 1)]
    await store.usage.add(rows)
    first, second = sorted([here.tenant.tenant_id, elsewhere.tenant.tenant_id])
    span = MINUTE, HOUR, NOW + 9 * AN_HOUR
    for after, most, expected in (
        (None, 1, RolledUp(1, None, is_over=False)),
        (None, 9, RolledUp(1, first, is_over=False)),
        (first, 9, RolledUp(2, second, is_over=False)),
        (second, 9, RolledUp(0, second, is_over=True)),
        (None, 9, RolledUp(0, None, is_over=True)),
    ):
        assert await store.usage.roll_up(*span, after=after, most=most) == expected
    assert (await total(here))[0] == (await total(elsewhere))[0] == 2


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
    found = await here.inside.usage.leading(since, limit=9)
    assert (found.busiest, len(found.refused)) == ([("printer", 3), ("till", 1)], 1)
    assert (await here.inside.usage.leading(since, limit=1)).busiest == [("printer", 3)]


async def test_who_is_refused_most_is_told_with_what_they_are_told_most_often(
    here: Place, elsewhere: Place, store: SqlStore
) -> None:
    def refusals(client_id: str, error: str, count: int, **changed: Any) -> Counted:
        counts = (count, count, 0, 0, 0, 0, 0, 0, 0)
        return counted(here, client_id, outcome=error, counts=counts, **changed)

    await store.usage.add(
        [
            refusals("printer", "invalid_grant", 3),
            refusals("printer", "invalid_scope", 4, what="token"),
            refusals("till", "invalid_grant", 9),
            refusals("till", "invalid_grant", 50, minute=MINUTES - 120),
            refusals("till", "ok", 70),
            refusals(ALL, "invalid_grant", 12),
            refusals(ALL, "invalid_scope", 4, what="token"),
            refusals(ALL, "invalid_client", 2),
            refusals(ALL, "ok", 70),
            counted(elsewhere, ALL, outcome="invalid_request"),
        ]
    )
    most = [("till", "invalid_grant", 9), ("printer", "invalid_scope", 7)]
    rest = (ALL, "invalid_client", 2)
    since = NOW - timedelta(minutes=30)
    assert (await here.inside.usage.leading(since, limit=9)).refused == [*most, rest]
    found = await here.inside.usage.leading(since, limit=2)
    assert (found.busiest, found.refused) == ([("till", 70)], most)


async def walked(store: SqlStore, since: Any, most: int) -> list[Seen]:
    """What people did, in as many steps as it takes."""
    found: list[Seen] = []
    after: Reached | None = None
    while True:
        some, after = await store.usage.seen(since, after=after, most=most)
        found += some
        if after is None:
            return found


async def test_a_walk_meets_each_person_once_with_what_they_did_since(
    here: Place, elsewhere: Place, store: SqlStore
) -> None:
    tenant_id, jane, other = here.tenant.tenant_id, here.user.user_id, elsewhere.user.user_id
    for number in range(5):
        await here.inside.users.save(user(f"asleep-{number}"))
    for at in (NOW - 9 * AN_HOUR, NOW):
        await here.inside.logins.start(login(jane, created_at=at), replaces=None)
    await here.redeemed(client_id="till", created_at=NOW - 9 * AN_HOUR, last_used_at=NOW)
    await here.redeemed(client_id="printer", created_at=NOW)
    await here.authorized(client_id="never-redeemed", created_at=NOW)
    await elsewhere.inside.logins.start(login(other, created_at=NOW), replaces=None)
    for most in (1, 2, 100):
        found = await walked(store, NOW - AN_HOUR, most)
        mine = [one[2:] for one in found if one[:2] == (tenant_id, jane)]
        assert sorted(set(mine)) == [(ALL, NOW), ("printer", NOW), ("till", NOW)]
        rest = [one for one in found if one[:2] != (tenant_id, jane)]
        assert rest == [Seen(elsewhere.tenant.tenant_id, other, ALL, NOW)]


async def test_the_number_of_people_of_a_day_grows_and_never_falls(
    here: Place, store: SqlStore
) -> None:
    day = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    for count, kept in ((3, 3), (2, 3), (3, 3), (5, 5)):
        await store.usage.keep_people([PeopleOfDay(here.tenant.tenant_id, day, "printer", count)])
        (row,) = await here.inside.usage.read("printer", *EVER)
        assert (row.at, row.what, row.counts) == (day, PEOPLE, (kept, 0, 0, 0, 0, 0, 0, 0, 0))
    await store.usage.keep_people([])
