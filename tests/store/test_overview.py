"""Many tenants in one statement."""

import asyncpg
import pytest
import sqlalchemy as sa

from consentry.store.overview import TenantCounts
from consentry.store.sql.engine import make_engine
from consentry.store.sql.overview import counting
from consentry.store.sql.store import SqlStore
from store.rows import DAY, HOUR, NOW, Place, client, tenant_key, user


async def test_each_tenant_is_counted_by_itself(
    store: SqlStore, here: Place, elsewhere: Place
) -> None:
    await here.inside.users.save(user("max"))
    await here.inside.clients.save(client("other"))
    ids = [here.tenant.tenant_id, elsewhere.tenant.tenant_id]
    found = await store.overview.counts(ids, now=NOW, most=100)
    assert found == {ids[0]: TenantCounts(2, 2, 0), ids[1]: TenantCounts(1, 1, 0)}
    assert await store.overview.counts(ids[1:], now=NOW, most=100) == {ids[1]: found[ids[1]]}


async def test_nothing_is_counted_past_the_bound(store: SqlStore, here: Place) -> None:
    for number in range(5):
        await here.inside.users.save(user(f"user{number}"))
    found = await store.overview.counts([here.tenant.tenant_id], now=NOW, most=3)
    assert found[here.tenant.tenant_id].users == 3


async def test_only_authorizations_that_count_are_counted(store: SqlStore, here: Place) -> None:
    await here.redeemed()
    await here.authorized()
    await here.redeemed(revoked_at=NOW)
    await here.redeemed(expires_at=NOW + HOUR)
    id = here.tenant.tenant_id
    assert (await store.overview.counts([id], now=NOW, most=100))[id].authorizations == 2
    later = await store.overview.counts([id], now=NOW + 2 * DAY, most=100)
    assert later[id].authorizations == 0


async def test_no_tenants_have_no_counts(store: SqlStore) -> None:
    assert await store.overview.counts([], now=NOW, most=100) == {}


async def test_the_database_says_what_time_it_is(store: SqlStore) -> None:
    found = await store.overview.clock()
    assert found is None if store.url.startswith("sqlite") else found is not None and found.tzinfo


ROWS = """
insert into tenant (tenant_id, slug, name, settings, created_at, changed_at)
  select gen_random_uuid(), 't' || n, 'Tenant ' || n, '{}', now(), now()
  from generate_series(1, 10000) n;
insert into end_user (tenant_id, user_id, username, username_key, roles, claims, created_at,
                      changed_at)
  select tenant_id, gen_random_uuid(), 'u' || n, 'u' || n, '', '{}', now(), now()
  from tenant, generate_series(1, 3) n;
insert into "authorization" (tenant_id, id, client_id, user_id, protocol, scope, resource,
    redirect_uri_given, auth_time, amr, created_at, generation, expires_at)
  select tenant_id, gen_random_uuid(), 'printer', gen_random_uuid(), 'oauth2', '', '', true, now(),
    'pwd', now(), 1, now() + interval '1 day'
  from (select * from tenant limit 1) one, generate_series(1, 20000) n;
analyze;
"""


@pytest.fixture
async def crowded(pg_emptied: str) -> str:
    """A PostgreSQL database of 10,000 tenants, one of which holds all authorizations."""
    connection = await asyncpg.connect(pg_emptied)
    try:
        for statement in filter(str.strip, ROWS.split(";")):
            await connection.execute(statement)
    finally:
        await connection.close()
    return pg_emptied


async def explained(url: str, query: sa.Select[tuple[object, ...]]) -> str:
    """How PostgreSQL would answer it."""
    engine = make_engine(url, 1)
    try:
        async with engine.connect() as connection:
            text = query.compile(engine.sync_engine, compile_kwargs={"literal_binds": True})
            found = await connection.exec_driver_sql(f"explain {text}")
            return "\n".join(row[0] for row in found)
    finally:
        await engine.dispose()


async def test_a_page_of_ten_thousand_tenants_is_counted_on_indexes(crowded: str) -> None:
    connection = await asyncpg.connect(crowded)
    try:
        ids = [row[0] for row in await connection.fetch("select tenant_id from tenant limit 25")]
    finally:
        await connection.close()
    plan = await explained(crowded, counting(ids, now=NOW, most=1_000))
    for table in ("tenant", "end_user", '"authorization"'):
        assert f"Seq Scan on {table}" not in plan, plan


async def test_a_few_keys_of_whichever_tenants(
    store: SqlStore, here: Place, elsewhere: Place
) -> None:
    assert await store.overview.some_keys(9) == []
    for place in (here, elsewhere):
        await place.inside.keys.add_tenant_key(tenant_key())
    owners = {here.tenant.tenant_id, elsewhere.tenant.tenant_id}
    assert {key.tenant_id for key in await store.overview.some_keys(9)} == owners
    assert len(await store.overview.some_keys(1)) == 1
