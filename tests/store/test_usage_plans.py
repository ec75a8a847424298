"""Counts of use are read and summed up on an index, however many there are."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import sqlalchemy as sa

from consentry.records.usage import HOUR, MINUTE
from consentry.store.sql.store import SqlStore
from store.rows import NOW

MANY = """
insert into usage (tenant_id, period, at, client_id, what, outcome,
    count, ms_5, ms_10, ms_25, ms_50, ms_100, ms_250, ms_1000, ms_more)
  select t, case n % 10 when 0 then 'minute' when 1 then 'hour' else 'day' end,
    $NOW - n * interval '12 minutes', case when n % 5 = 0 then '' else 'client-' || n % 5 end,
    'refresh_token', 'ok', 1, 1, 0, 0, 0, 0, 0, 0, 0
  from generate_series(1, 200) n,
    (select $T union all select gen_random_uuid() from generate_series(1, 199)) as all_of (t);
insert into end_user (tenant_id, user_id, username, username_key, roles, claims, created_at,
    changed_at)
  select $T, md5(n::text)::uuid, 'user-' || n, 'user-' || n, '', '{}', $NOW, $NOW
  from generate_series(1, 4000) n;
insert into login (tenant_id, login_id, user_id, auth_time, amr, address, user_agent, created_at,
    expires_at)
  select $T, md5(n::text), md5(n::text)::uuid, $NOW, 'pwd', '', '', $NOW, $NOW
  from generate_series(1, 4000) n;
insert into "authorization" (tenant_id, id, client_id, user_id, protocol, scope, resource,
    redirect_uri_given, auth_time, amr, created_at, generation, expires_at)
  select $T, gen_random_uuid(), 'till', md5(n::text)::uuid, 'oauth2', '', '', true, $NOW, 'pwd',
    $NOW, 1, $NOW from generate_series(1, 4000) n;
analyze"""


async def test_what_asks_for_counts_stands_on_an_index(pg_emptied: str) -> None:
    store, tenant_id = SqlStore(pg_emptied), uuid4()
    connection = await asyncpg.connect(pg_emptied)
    told: list[tuple[str, Any]] = []

    def tell(_c: Any, _x: Any, text: str, values: Any, *_: Any) -> None:
        if not text.startswith("SET "):
            told.append((text, values))

    sa.event.listen(store._engine.sync_engine, "before_cursor_execute", tell)
    try:
        at = f"'{NOW.isoformat()}'::timestamptz"
        filled = MANY.replace("$T", f"'{tenant_id}'::uuid").replace("$NOW", at)
        await connection.execute(filled)
        since, theirs = NOW - timedelta(hours=24), store.inside(tenant_id).usage
        await theirs.read("client-1", since, NOW)
        await theirs.leading(since, limit=8)
        await store.usage.tokens([tenant_id], since)
        before = NOW - timedelta(hours=20)
        assert (await store.usage.roll_up(MINUTE, HOUR, before, after=None, most=999)).rows
        await store.usage.forget(NOW - timedelta(days=900), most=1_000)
        somebody = tenant_id, UUID("7" + 31 * "0")
        assert (await store.usage.seen(since, after=somebody, most=100))[1]
        assert len(told) == 10
        for text, values in told:
            said = await connection.fetchval(f"explain (format json) {text}", *values)
            assert "Seq Scan" not in said, said
    finally:
        await connection.close()
        await store.close()
