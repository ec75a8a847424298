"""What an overview and lists of all apps read at once."""

import json
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import sqlalchemy as sa

from consentry.store.sql.store import SqlStore
from store.rows import DAY, HOUR, MINUTE, NOW, Place, client, login, member, user

MANY = """
insert into end_user (tenant_id, user_id, username, username_key, roles, claims, created_at,
    changed_at)
  select $T, md5(n::text)::uuid, 'user-' || n, 'user-' || n, '', '{}', now(), now()
  from generate_series(1, 10000) n;
insert into login (tenant_id, login_id, user_id, auth_time, amr, address, user_agent, created_at,
    expires_at)
  select t, md5(n::text || t::text), md5(n::text)::uuid, now(), 'pwd', '', '',
    now() - n * interval '1 minute', now() + interval '1 day'
  from generate_series(1, 10000) n, (values ($T), (gen_random_uuid())) as both_of (t);
insert into client_member (tenant_id, client_id, user_id, role, since)
  select $T, 'client-' || n, md5(n::text)::uuid, 'owner', now() from generate_series(1, 10000) n;
analyze;
"""


async def test_sign_ins_are_counted_by_span_also_those_that_ended(
    here: Place, elsewhere: Place
) -> None:
    rows = [login(here.user.user_id, created_at=NOW - n * HOUR) for n in range(3)]
    first = rows[0].login_id
    for row in rows:
        await here.inside.logins.start(row, replaces=None)
    await here.inside.logins.end(first, NOW)
    await elsewhere.inside.logins.start(login(elsewhere.user.user_id), replaces=None)
    figures, now = here.inside.figures, NOW + MINUTE
    spans = [(NOW - DAY, NOW), (NOW - HOUR, now), (NOW, now), (now, now)]
    assert await figures.sign_ins(spans, limit=9) == ([2, 2, 1, 0], 3)
    assert await figures.sign_ins(spans[1:], limit=9) == ([2, 1, 0], 2)
    assert await figures.sign_ins(spans, limit=1) == ([0, 1, 1, 0], 1)


async def test_owners_are_told_by_name_and_members_are_not(here: Place, elsewhere: Place) -> None:
    members, second = here.inside.members, user("second")
    second_id = second.user_id
    await here.inside.users.save(second)
    await here.inside.clients.save(client("other"))
    await members.save(member(second_id, since=NOW + HOUR))
    await members.save(member(here.user.user_id))
    await members.save(member(here.user.user_id, "other", role="member"))
    await elsewhere.inside.members.save(member(elsewhere.user.user_id))
    assert await members.owners(["printer", "other"]) == {"printer": ["jane", "second"]}
    assert await members.owners([]) == {}


async def test_names_are_those_of_one_tenants_people(here: Place, elsewhere: Place) -> None:
    """THREATS 37"""
    mine, theirs = here.user.user_id, elsewhere.user.user_id
    found = await here.inside.lists.usernames([mine, theirs, uuid4()])
    assert found == {mine: "jane"}


@pytest.fixture
async def many(pg_emptied: str) -> Any:
    """A store with many rows, the id of their tenant, and a way to have statements explained."""
    store, tenant_id = SqlStore(pg_emptied), uuid4()
    connection = await asyncpg.connect(pg_emptied)
    try:
        await connection.execute(MANY.replace("$T", f"'{tenant_id}'::uuid"))
        yield store, tenant_id, connection
    finally:
        await connection.close()
        await store.close()


async def test_each_of_them_stands_on_an_index(many: Any) -> None:
    store, tenant_id, connection = many
    inside = store.inside(tenant_id)
    told: list[tuple[str, Any]] = []
    sa.event.listen(
        store._engine.sync_engine,
        "before_cursor_execute",
        lambda _c, _x, text, values, *_: told.append((text, values)),
    )
    since = NOW.replace(year=2020)
    ids = [UUID("c4ca4238a0b923820dcc509a6f75849b"), uuid4()]
    await inside.figures.sign_ins([(since, NOW)], limit=51)
    await inside.members.owners([f"client-{n}" for n in range(25)])
    await inside.lists.usernames(ids)
    assert len(told) == 3
    for text, values in told:
        said = await connection.fetchval(f"explain (analyze, format json) {text}", *values)
        nodes = [*_walk(json.loads(said)[0]["Plan"])]
        assert "Seq Scan" not in {node["Node Type"] for node in nodes}, said
        assert sum(node.get("Rows Removed by Filter", 0) for node in nodes) <= 100, said


def _walk(plan: dict[str, Any]) -> Any:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _walk(inner)
