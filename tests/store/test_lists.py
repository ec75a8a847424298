"""Lists page by page, found by how a name begins; and what ends at somebody's word."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import sqlalchemy as sa

from consentry.records.client import ClientUse
from consentry.store.lists import Holder
from consentry.store.sql.store import SqlStore
from store.rows import (
    DAY,
    HOUR,
    NOW,
    SECOND,
    Place,
    client,
    kept_answer,
    login,
    refusal,
    secret,
    success,
    tenant,
    user,
)

TRICKS = ["100%", "a_b", "a\\b", "ÀB", "日本", "z\U0010ffff", "\uff21", "ß"]


@pytest.mark.parametrize("name", TRICKS)
async def test_a_name_is_found_by_each_of_its_beginnings(here: Place, name: str) -> None:
    lists = here.inside.lists
    await here.inside.clients.save(client("named", metadata_={"client_name": f"{name} & more"}))
    await here.inside.clients.save(client("other", metadata_={"client_name": "Bystander"}))
    whole = f"{name} & more"
    for length in range(1, len(whole) + 1):
        for asked in (whole[:length], whole[:length].swapcase()):
            if asked.casefold() == whole[:length].casefold():
                found = await lists.clients(prefix=asked, limit=9)
                assert [row.client_id for row in found] == ["named"], asked
    assert await lists.clients(prefix=whole[1:], limit=9) == []


async def test_people_are_found_by_username_and_by_address(here: Place, elsewhere: Place) -> None:
    for name, email in (("Zoé", "a@example.com"), ("zo", None), ("amy", "ZO@example.com")):
        await here.inside.users.save(user(name, email=email))
    await elsewhere.inside.users.save(user("zorro"))
    found = await here.inside.lists.users(prefix="Zo", limit=9)
    assert [row.username for row in found] == ["amy", "zo", "Zoé"]
    behind = await here.inside.lists.users(prefix="zo", after="amy", limit=1)
    assert [row.username for row in behind] == ["zo"]


async def test_tenants_are_found_by_slug_and_by_name(store: SqlStore) -> None:
    for slug, name in (("photos", "Bilder"), ("bilanz", "Money"), ("other", "Other")):
        await store.tenants.save(tenant(slug, name=name))
    found = await store.tenant_lists.tenants(prefix="BIL", limit=9)
    assert [row.slug for row in found] == ["photos"]
    found = await store.tenant_lists.tenants(prefix="bil", limit=9)
    assert [row.slug for row in found] == ["bilanz", "photos"]
    behind = await store.tenant_lists.tenants(after="bilanz", limit=1)
    assert [row.slug for row in behind] == ["other"]


async def test_clients_may_be_bounded_to_some(here: Place) -> None:
    for client_id in ("a", "b", "c"):
        await here.inside.clients.save(client(client_id))
    found = await here.inside.lists.clients(only=["c", "a", "nobody"], limit=9)
    assert [row.client_id for row in found] == ["a", "c"]
    assert await here.inside.lists.clients(only=[], limit=9) == []


async def test_authorizations_that_count_are_listed_by_whose_they_are(
    here: Place, elsewhere: Place
) -> None:
    other = user("other")
    await here.inside.users.save(other)
    mine = [await here.redeemed() for _ in range(3)]
    theirs = await here.redeemed(user_id=other.user_id, client_id="elsewhere")
    await here.redeemed(expires_at=NOW)
    await here.authorized()
    await here.inside.authorizations.revoke(await here.redeemed(), NOW)
    await elsewhere.redeemed()

    async def ids(whose: Holder, after: UUID | None = None, limit: int = 9) -> list[UUID]:
        found = await here.inside.lists.authorizations(whose, after=after, now=NOW, limit=limit)
        return [row.id for row in found]

    assert await ids(Holder()) == sorted([*mine, theirs])
    assert await ids(Holder(user_id=other.user_id)) == [theirs]
    assert await ids(Holder(client_id="printer")) == sorted(mine)
    assert await ids(Holder(other.user_id, "printer")) == []
    assert await ids(Holder(client_id="printer"), sorted(mine)[0], 1) == [sorted(mine)[1]]


async def test_refusals_go_on_among_those_of_one_moment(here: Place) -> None:
    moments = [NOW, NOW, NOW, NOW - SECOND]
    await here.inside.refusals.add([refusal(created_at=at) for at in moments])
    whole = await here.inside.lists.refusals(limit=9)
    seen, before = [], None
    while found := await here.inside.lists.refusals(before=before, limit=1):
        seen.append(found[0].refusal_id)
        before = (found[0].created_at, found[0].refusal_id)
    assert seen == [row.refusal_id for row in whole] and len(seen) == 4
    assert await here.inside.lists.refusals(client_id="nobody", limit=9) == []


async def test_successes_go_on_among_those_of_one_moment(here: Place, elsewhere: Place) -> None:
    moments = [NOW, NOW, NOW, NOW - SECOND]
    await here.inside.successes.add([success(created_at=at) for at in moments])
    await here.inside.successes.add([success("other")])
    await elsewhere.inside.successes.add([success()])
    whole = await here.inside.successes.page("printer", limit=9)
    seen, before = [], None
    while found := await here.inside.successes.page("printer", before=before, limit=1):
        seen.append(found[0])
        before = (found[0].created_at, found[0].success_id)
    assert seen == whole and len(seen) == 4
    assert await here.inside.successes.get(whole[0].success_id) == whole[0]
    assert await elsewhere.inside.successes.get(whole[0].success_id) is None


async def test_uses_go_on_by_client_and_protocol(here: Place) -> None:
    pairs = [("a", "oauth1"), ("a", "oauth2"), ("b", "oauth1")]
    for client_id in ("a", "b"):
        await here.inside.clients.save(client(client_id))
    await here.inside.clients.used(
        [
            ClientUse(tenant_id=uuid4(), client_id=one, protocol=protocol, last_used_at=NOW)
            for one, protocol in pairs
        ]
    )
    for place in range(len(pairs)):
        found = await here.inside.lists.uses(after=pairs[place], limit=9)
        assert [(row.client_id, row.protocol) for row in found] == pairs[place + 1 :]


async def test_who_sent_no_challenge_lately_is_known(here: Place) -> None:
    await here.redeemed(client_id="bare", code_challenge=None)
    await here.redeemed(client_id="long-ago", code_challenge=None, created_at=NOW - DAY)
    await here.redeemed(client_id="implicit", code_challenge=None, code_expires_at=None)
    await here.redeemed(client_id="signed", code_challenge=None, protocol="oauth1")
    await here.redeemed()
    assert await here.inside.lists.without_pkce(NOW - HOUR) == {"bare"}


async def test_authorizations_end_together_and_once(here: Place, elsewhere: Place) -> None:
    endings = here.inside.endings
    one, two = await here.redeemed(), await here.redeemed(client_id="other")
    foreign = await elsewhere.redeemed(user_id=here.user.user_id)
    await here.redeemed(expires_at=NOW)
    assert await endings.authorizations(Holder(client_id="other"), NOW) == 1
    assert not await here.is_revoked(one) and await here.is_revoked(two)
    assert await endings.authorizations(Holder(), NOW, id=one) == 1
    assert await endings.authorizations(Holder(), NOW, id=one) == 0
    assert await endings.authorizations(Holder(user_id=here.user.user_id), NOW) == 0
    assert await endings.authorizations(Holder(), NOW, id=foreign) == 0
    assert not await elsewhere.is_revoked(foreign)


async def test_a_secret_ends_once_and_no_later_than_it_would(here: Place) -> None:
    one, two = secret(), secret(expires_at=NOW)
    ids = one.secret_id, two.secret_id
    for each in (one, two):
        await here.inside.clients.add_secret(each)
    assert await here.inside.endings.secret("printer", ids[0], NOW)
    assert not await here.inside.endings.secret("printer", ids[0], NOW)
    assert not await here.inside.endings.secret("printer", ids[1], NOW + HOUR)
    assert not await here.inside.endings.secret("other", ids[0], NOW - HOUR)


async def test_logins_end_with_what_hangs_on_them(here: Place) -> None:
    row = login(here.user.user_id)
    login_id = row.login_id
    await here.inside.logins.start(row, replaces=None)
    hanging = await here.redeemed(login_id=login_id)
    free = await here.redeemed()
    assert await here.inside.endings.logins(here.user.user_id, NOW) == 1
    assert await here.is_revoked(hanging) and not await here.is_revoked(free)
    assert await here.inside.logins.current(login_id, NOW) is None
    assert await here.inside.endings.logins(here.user.user_id, NOW) == 0


async def test_an_answer_is_kept_for_its_tenant(here: Place, elsewhere: Place) -> None:
    await here.inside.answers.save(kept_answer())
    assert await elsewhere.inside.answers.get("a1") is None
    found = await here.inside.answers.get("a1")
    assert found is not None and found.sealed == b"\x00"


# Many rows, on PostgreSQL

MANY = """
insert into tenant (tenant_id, slug, name, name_key, settings, created_at, changed_at)
  select gen_random_uuid(), 'slug-' || n, 'Name ' || n, 'name ' || n, '{}', now(), now()
  from generate_series(1, 5000) n;
insert into client (tenant_id, client_id, metadata, name_key, created_at, changed_at)
  select $T, 'client-' || n, '{}', 'app ' || n, now(), now() from generate_series(1, 10000) n;
insert into end_user (tenant_id, user_id, username, username_key, email, email_key, roles,
    claims, created_at, changed_at)
  select $T, gen_random_uuid(), 'user-' || n, 'user-' || n, n || '@example.com',
    n || '@example.com', '', '{}', now(), now() from generate_series(1, 30000) n;
insert into "authorization" (tenant_id, id, client_id, user_id, protocol, scope, resource,
    redirect_uri_given, auth_time, amr, created_at, generation, expires_at)
  select $T, gen_random_uuid(), 'client-' || n % 100, md5((n % 5000)::text)::uuid, 'oauth2', '',
    '', true, now(), 'pwd', now(), 1, now() + interval '1 day' from generate_series(1, 30000) n;
insert into refusal (tenant_id, refusal_id, client_id, endpoint, error, rule, received,
    registered, created_at)
  select $T, gen_random_uuid(), 'client-' || n % 50, '', '', '', '', '',
    now() - n * interval '1 second' from generate_series(1, 20000) n;
insert into success (tenant_id, success_id, client_id, endpoint, outcome, created_at)
  select $T, gen_random_uuid(), 'client-' || n % 200, '', '', now() - n * interval '1 second'
    from generate_series(1, 20000) n;
insert into client_use (tenant_id, client_id, protocol, last_used_at)
  select $T, 'client-' || n, 'oauth2', now() from generate_series(1, 10000) n;
analyze;
"""
ALL = Holder()
Ask = Callable[[SqlStore, UUID], Awaitable[object]]


def _lists(name: str, *args: Any, **asked: Any) -> Ask:
    return lambda store, id: getattr(store.inside(id).lists, name)(*args, **asked, limit=51)


ASKED: dict[str, Ask] = {
    "clients": _lists("clients"),
    "clients far on": _lists("clients", after="client-9"),
    "clients by id": _lists("clients", prefix="client-777"),
    "clients by name": _lists("clients", prefix="App 777"),
    "clients by much": _lists("clients", prefix="app"),
    "one's own clients": _lists("clients", only=["client-1", "client-2"]),
    "people": _lists("users"),
    "people far on": _lists("users", after="user-9"),
    "people by username": _lists("users", prefix="User-777"),
    "people by address": _lists("users", prefix="777"),
    "people by much": _lists("users", prefix="user"),
    "authorizations": _lists("authorizations", ALL, now=NOW),
    "authorizations far on": _lists("authorizations", ALL, after=UUID("f" * 32), now=NOW),
    "authorizations of a client": _lists("authorizations", Holder(client_id="client-7"), now=NOW),
    "authorizations of a person": _lists(
        "authorizations", Holder(user_id=UUID("c4ca4238a0b923820dcc509a6f75849b")), now=NOW
    ),
    "refusals": _lists("refusals"),
    "refusals of a client": _lists("refusals", client_id="client-7"),
    "refusals long ago": _lists("refusals", before=(NOW + timedelta(days=3_650), UUID(int=0))),
    "successes": lambda store, id: store.inside(id).successes.page("client-7", limit=51),
    "successes long ago": lambda store, id: store.inside(id).successes.page(
        "client-7", before=(NOW + timedelta(days=3_650), UUID(int=0)), limit=51
    ),
    "uses": _lists("uses"),
    "uses far on": _lists("uses", after=("client-9", "oauth1")),
    "uses of a client": _lists("uses", client_id="client-7"),
    "tenants": lambda store, _: store.tenant_lists.tenants(limit=51),
    "tenants by slug": lambda store, _: store.tenant_lists.tenants(prefix="slug-77", limit=51),
    "tenants by name": lambda store, _: store.tenant_lists.tenants(prefix="Name 77", limit=51),
}


@pytest.fixture
async def many(pg_emptied: str) -> Any:
    """A store with many rows, the id of their tenant, and a way to have statements explained."""
    store, tenant_id = SqlStore(pg_emptied), uuid4()
    connection = await asyncpg.connect(pg_emptied)
    try:
        await connection.execute(MANY.replace("$T", f"'{tenant_id}'"))
        yield store, tenant_id, connection
    finally:
        await connection.close()
        await store.close()


async def test_every_list_searches_and_goes_on_on_an_index(many: Any) -> None:
    """ISSUE: EXPLAIN checked on PostgreSQL."""
    store, tenant_id, connection = many
    told: list[tuple[str, Any]] = []
    engine = store._engine.sync_engine
    sa.event.listen(
        engine,
        "before_cursor_execute",
        lambda _c, _x, text, values, *_: told.append((text, values)),
    )
    for name, ask in ASKED.items():
        told.clear()
        await ask(store, tenant_id)
        for text, values in told:
            said = await connection.fetchval(f"explain (analyze, format json) {text}", *values)
            nodes = list(walk(json.loads(said)[0]["Plan"]))
            assert "Seq Scan" not in {node["Node Type"] for node in nodes}, (name, said)
            looked_at = sum(
                node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)
                for node in nodes
                if "Plans" not in node
            )
            assert looked_at <= 1_000, (name, looked_at, said)


def walk(plan: dict[str, Any]) -> Any:
    """Every node of a plan."""
    yield plan
    for inner in plan.get("Plans", ()):
        yield from walk(inner)
