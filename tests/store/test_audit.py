"""The chain of events, on every store."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from consentry.records.audit import AuditRow, digest_of
from consentry.store.sql import tables
from consentry.store.sql.engine import make_engine
from consentry.store.sql.store import SqlStore
from consentry.store.sweeping import NotExported
from consentry.store.trail import AuditFilter
from store.rows import DAY, MINUTE, NOW, SECOND, Place, at_once, event, member, user
from support.sweeping import swept

A = tables.audit.c


async def test_events_come_back_as_appended_newest_or_oldest_first(here: Place) -> None:
    audit = here.inside.audit
    assert (await audit.head(), await audit.page()) == (None, [])
    await audit.append([event("a.one", detail={"to": ["ü\u2028", None, 1, True]}), event("a.two")])
    await audit.append([event("a.three", at=NOW + MINUTE, address="2001:db8::1", actor_name="Jö")])
    rows = await audit.page()
    assert [(row.seq, row.action) for row in rows] == [(3, "a.three"), (2, "a.two"), (1, "a.one")]
    assert rows[2].detail == {"to": ["ü\u2028", None, 1, True]}
    assert (rows[0].at, rows[0].address, rows[0].actor_name) == (NOW + MINUTE, "2001:db8::1", "Jö")
    assert [row.seq for row in await audit.onward(after=1)] == [2, 3]
    assert [row.seq for row in await audit.page(before=3, limit=1)] == [2]


async def test_each_row_holds_the_digest_of_the_one_before(here: Place) -> None:
    await here.inside.audit.append([event(detail={"n": n}) for n in range(3)])
    rows = await here.inside.audit.onward()
    assert [row.previous for row in rows] == ["", rows[0].digest, rows[1].digest]
    assert [digest_of(row) for row in rows] == [row.digest for row in rows]
    head = await here.inside.audit.head()
    assert head is not None
    assert (head.seq, head.digest) == (3, rows[2].digest)


async def test_a_text_no_database_holds_is_cut_to_one_that_it_does(here: Place) -> None:
    await here.inside.audit.append([event(target_id="a\0\ud800" + "b" * 600, actor_name="\0")])
    [row] = await here.inside.audit.page()
    assert (row.target_id, row.actor_name) == ("a??" + "b" * 497, "?")
    assert digest_of(row) == row.digest


async def test_events_are_asked_for_by_who_what_whom_and_when(here: Place) -> None:
    audit = here.inside.audit
    await audit.append(
        [
            event("client.create", actor_id="jane"),
            event("client.delete", at=NOW + SECOND, target_id="other"),
            event("user.create", at=NOW + MINUTE, target_kind="user"),
            event("client.create", at=NOW + 2 * MINUTE, target_kind="user", target_id="other"),
        ]
    )
    found = {
        "jane": AuditFilter(actor_id="jane"),
        "created": AuditFilter(action="client.create"),
        "printer": AuditFilter(target=("client", "printer")),
        "since": AuditFilter(since=NOW + SECOND),
        "until": AuditFilter(until=NOW + MINUTE),
        "between": AuditFilter(since=NOW + SECOND, until=NOW + 2 * MINUTE),
        "later": AuditFilter(since=NOW + DAY),
        "earlier": AuditFilter(until=NOW),
        "both": AuditFilter(action="client.create", since=NOW + SECOND),
    }
    numbers = {name: [row.seq for row in await audit.page(one)] for name, one in found.items()}
    assert numbers == {
        "jane": [1], "created": [4, 1], "printer": [1], "since": [4, 3, 2], "until": [2, 1],
        "between": [3, 2], "later": [], "earlier": [], "both": [4],
    }  # fmt: skip


async def test_a_tenants_events_are_its_own(here: Place, elsewhere: Place) -> None:
    """THREATS 37"""
    await here.inside.audit.append([event("a.here"), event("b.here")])
    await elsewhere.inside.audit.append([event("a.there")])
    assert [(row.seq, row.action) for row in await elsewhere.inside.audit.page()] == [
        (1, "a.there")
    ]
    assert [row.action for row in await here.inside.audit.onward()] == ["a.here", "b.here"]


async def test_twenty_at_once_make_one_chain(here: Place, neighbour: SqlStore) -> None:
    others = neighbour.inside(here.tenant.tenant_id)
    stores = (here.inside, others)
    await at_once(*(stores[n % 2].audit.append([event(detail={"n": n})]) for n in range(20)))
    rows = await here.inside.audit.onward()
    assert [row.seq for row in rows] == list(range(1, 21))
    assert [row.previous for row in rows] == ["", *(row.digest for row in rows[:-1])]
    assert sorted(row.detail["n"] for row in rows) == list(range(20))


async def test_what_is_taken_back_leaves_no_gap(here: Place, store: SqlStore) -> None:
    tenant_id = here.tenant.tenant_id
    with pytest.raises(LookupError):
        async with store.begin() as joined:
            await joined.inside(tenant_id).audit.append([event("a.lost")])
            raise LookupError
    await here.inside.audit.append([event("a.kept")])
    [row] = await here.inside.audit.page()
    assert (row.seq, row.previous, row.action) == (1, "", "a.kept")


async def test_two_tenants_do_not_wait_for_each_other(
    here: Place, elsewhere: Place, store: SqlStore, neighbour: SqlStore
) -> None:
    if not store.url.startswith("postgresql"):
        return  # a file has one writer
    async with store.begin() as joined:
        await joined.inside(here.tenant.tenant_id).audit.claim()
        others = neighbour.inside(elsewhere.tenant.tenant_id)
        await others.audit.append([event()])
        assert len(await elsewhere.inside.audit.page()) == 1


async def test_the_oldest_are_swept_and_the_head_knows_where_the_chain_begins(
    here: Place, elsewhere: Place, store: SqlStore
) -> None:
    """THREATS 57"""
    audit = here.inside.audit
    await audit.append([event(at=NOW + n * SECOND) for n in range(5)])
    await elsewhere.inside.audit.append([event(at=NOW + DAY)])
    late = NOW + timedelta(seconds=34_560_000 + 4)
    assert [(await swept(store, late, batch=3))["audit"] for _ in range(3)] == [3, 1, 0]
    [left] = await audit.onward()
    head = await audit.head()
    assert head is not None
    assert (left.seq, head.swept_seq, head.swept_digest) == (5, 4, left.previous)
    assert head.oldest_at == left.at
    assert (await swept(store, late + SECOND, batch=3))["audit"] == 1
    await audit.append([event()])
    [again] = await audit.onward()
    assert (again.seq, again.previous) == (6, left.digest)


async def test_events_are_exported_before_they_go_and_stay_if_that_fails(
    here: Place, elsewhere: Place, store: SqlStore
) -> None:
    audit, late = here.inside.audit, NOW + timedelta(seconds=34_560_000 + 3)
    await audit.append([event(at=NOW + n * SECOND) for n in range(4)])
    await elsewhere.inside.audit.append([event(at=NOW + SECOND)])
    before, told = await audit.onward(), []

    async def keep(tenant_id: UUID, rows: Sequence[AuditRow]) -> None:
        told.append((tenant_id, list(rows)))
        if len(told) == 2:
            raise NotExported("no room")

    with pytest.raises(NotExported):
        await swept(store, late, batch=9, export=keep)
    assert await audit.onward() == before
    theirs = await elsewhere.inside.audit.onward()
    head = await audit.head()
    assert head is not None
    assert (head.swept_seq, head.oldest_at) == (0, NOW)
    assert (await swept(store, late, batch=9, export=keep))["audit"] == 4
    # The first ones were told twice: at least once is what is promised.
    each = [(here.tenant.tenant_id, before[:3]), (elsewhere.tenant.tenant_id, theirs)]
    assert told == each * 2
    assert await audit.onward() == before[3:]


@pytest.mark.parametrize(
    "asked",
    [
        AuditFilter(),
        AuditFilter(actor_id="somebody"),
        AuditFilter(action="client.create"),
        AuditFilter(target=("client", "printer")),
    ],
)
async def test_each_filter_reads_along_an_index(pg_emptied: str, asked: AuditFilter) -> None:
    engine, tenant_id = make_engine(pg_emptied, 1), uuid4()
    query = sa.select(A.seq).where(A.tenant_id == tenant_id).order_by(A.seq.desc()).limit(10)
    if asked.actor_id:
        query = query.where(A.actor_id == asked.actor_id)
    if asked.action:
        query = query.where(A.action == asked.action)
    if asked.target:
        query = query.where(A.target_kind == asked.target[0], A.target_id == asked.target[1])
    try:
        async with engine.begin() as connection:
            await connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
            await connection.execute(sa.text("SET LOCAL enable_sort = off"))
            text = str(query.compile(connection.engine, compile_kwargs={"literal_binds": True}))
            plan = [row[0] for row in await connection.execute(sa.text(f"EXPLAIN {text}"))]
    finally:
        await engine.dispose()
    assert "Limit" in plan[0] and "Index" in plan[1], plan
    assert not any("Sort" in line for line in plan)


async def test_who_manages_an_app_is_kept_until_the_app_or_the_person_goes(
    here: Place, elsewhere: Place
) -> None:
    members, joe = here.inside.members, user("joe")
    await here.inside.users.save(joe)
    await members.save(member(here.user.user_id))
    await members.save(member(joe.user_id, role="member", since=NOW + SECOND))
    await members.save(member(joe.user_id, client_id="albums"))
    await members.save(member(joe.user_id, role="owner", since=NOW + SECOND))
    assert [(m.user_id, m.role) for m in await members.of_client("printer")] == [
        (here.user.user_id, "owner"),
        (joe.user_id, "owner"),
    ]
    assert [m.client_id for m in await members.of_user(joe.user_id)] == ["albums", "printer"]
    assert [m.client_id for m in await members.of_user(joe.user_id, after="albums")] == ["printer"]
    assert await elsewhere.inside.members.get("printer", here.user.user_id) is None
    assert not await elsewhere.inside.members.remove("printer", here.user.user_id)
    assert await members.remove("albums", joe.user_id)
    await here.inside.users.delete(joe.user_id)
    assert [m.user_id for m in await members.of_client("printer")] == [here.user.user_id]
    await here.inside.clients.delete("printer")
    assert await members.get("printer", here.user.user_id) is None
