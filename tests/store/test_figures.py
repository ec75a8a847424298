"""How apps are used, in numbers: one tenant's, on an index."""

from typing import Any
from uuid import uuid4

import asyncpg
import sqlalchemy as sa

from consentry.store.figures import Holdings
from consentry.store.sql.store import SqlStore
from store.rows import (
    DAY,
    HOUR,
    NOW,
    Place,
    client,
    client_use,
    refusal,
    secret,
    user,
)

MANY = """
insert into refusal (tenant_id, refusal_id, client_id, endpoint, error, rule, received,
    registered, created_at)
  select t, gen_random_uuid(), 'client-' || n % 500, '', '', '', '', '',
    now() - n * interval '1 minute'
  from generate_series(1, 20000) n, (values ($T), (gen_random_uuid())) as both_of (t);
insert into client_use (tenant_id, client_id, protocol, last_used_at)
  select t, 'client-' || n, 'oauth2', now()
  from generate_series(1, 10000) n, (values ($T), (gen_random_uuid())) as both_of (t);
insert into "authorization" (tenant_id, id, client_id, user_id, protocol, scope, resource,
    redirect_uri_given, auth_time, amr, created_at, generation, wrong_tries, expires_at)
  select $T, gen_random_uuid(), 'client-' || n % 500, gen_random_uuid(), 'oauth2', '', '', true,
    now(), 'pwd', now(), 1, 0, now() + interval '1 day'
  from generate_series(1, 20000) n;
analyze;
"""


async def test_the_last_use_is_that_of_either_protocol(here: Place, elsewhere: Place) -> None:
    await here.inside.clients.save(client("other"))
    await here.inside.clients.used(
        [client_use(protocol="oauth1", last_used_at=NOW - DAY), client_use(last_used_at=NOW)]
    )
    await elsewhere.inside.clients.used([client_use("other", last_used_at=NOW)])
    found = await here.inside.figures.last_used(["printer", "other"])
    assert found == {"printer": NOW}
    assert await here.inside.figures.last_used([]) == {}


async def test_refusals_are_counted_by_client_from_a_time_on(here: Place, elsewhere: Place) -> None:
    await here.inside.refusals.add(
        [
            refusal(client_id="printer", created_at=NOW),
            refusal(client_id="printer", created_at=NOW - HOUR, error="invalid_client"),
            refusal(client_id="printer", created_at=NOW - DAY),
            refusal(client_id="other", created_at=NOW - DAY),
            refusal(created_at=NOW),
        ]
    )
    await elsewhere.inside.refusals.add([refusal(client_id="printer", created_at=NOW)])
    figures = here.inside.figures
    assert await figures.refused(["printer", "other"], NOW - HOUR) == {"printer": 2}


async def test_what_counts_now_is_counted_with_its_people(here: Place, elsewhere: Place) -> None:
    second = user("second")
    other = second.user_id
    await here.inside.users.save(second)
    for user_id in (here.user.user_id, here.user.user_id, other):
        await here.redeemed(user_id=user_id)
    await here.inside.authorizations.revoke(await here.redeemed(user_id=other), NOW)
    await here.authorized()
    await elsewhere.redeemed()
    assert await here.inside.figures.holdings("printer", NOW) == Holdings(3, 2)
    assert await here.inside.figures.holdings("nobodys", NOW) == Holdings(0, 0)


async def test_one_secret_is_forgotten_and_no_other(here: Place) -> None:
    first, second = secret(), secret()
    kept, gone = first.secret_id, second.secret_id
    await here.inside.clients.add_secret(first)
    await here.inside.clients.add_secret(second)
    await here.inside.clients.remove_secret("printer", gone)
    await here.inside.clients.remove_secret("other", kept)
    stored = await here.inside.clients.get("printer")
    assert stored is not None
    assert kept in {one.secret_id for one in stored.secrets}
    assert gone not in {one.secret_id for one in stored.secrets}


async def test_each_figure_stands_on_an_index(pg_emptied: str) -> None:
    """ISSUE: EXPLAIN checked on PostgreSQL."""
    store, tenant_id = SqlStore(pg_emptied), uuid4()
    connection = await asyncpg.connect(pg_emptied)
    told: list[tuple[str, Any]] = []
    sa.event.listen(
        store._engine.sync_engine,
        "before_cursor_execute",
        lambda _c, _x, text, values, *_: told.append((text, values)),
    )
    try:
        await connection.execute(MANY.replace("$T", f"'{tenant_id}'::uuid"))
        figures, ids = store.inside(tenant_id).figures, [f"client-{n}" for n in range(24)]
        await figures.last_used(ids)
        await figures.refused(ids, NOW.replace(year=2020))
        await figures.holdings("client-7", NOW)
        assert len(told) == 3
        for text, values in told:
            said = await connection.fetchval(f"explain (format json) {text}", *values)
            assert "Seq Scan" not in said, said
    finally:
        await connection.close()
        await store.close()
