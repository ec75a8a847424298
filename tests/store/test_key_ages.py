"""Keys of all tenants are found by their age on an index, however many tenants there are."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import sqlalchemy as sa

from consentry.store.sql.data_keys import SqlSealed
from consentry.store.sql.store import SqlStore
from store.rows import DAY, MINUTE, NOW, Place, client, secret


async def plans(url: str, ask: Any) -> str:
    """How PostgreSQL goes about what is asked for, where it may choose an index."""
    store, told = SqlStore(url), list[tuple[str, Any]]()
    connection = await asyncpg.connect(url)
    try:
        sa.event.listen(
            store._engine.sync_engine,
            "before_cursor_execute",
            lambda _c, _x, text, values, *_: told.append((text, values)),
        )
        await ask(store)
        await connection.execute("SET enable_seqscan = off; SET enable_sort = off")
        rows = [row for text, values in told for row in await connection.fetch(
            f"EXPLAIN {text}", *values)]  # fmt: skip
    finally:
        await connection.close()
        await store.close()
    return "\n".join(row[0] for row in rows)


async def test_keys_to_be_followed_are_read_in_their_order_from_an_index(pg_emptied: str) -> None:
    after: tuple[datetime, str] = (NOW - DAY, "kid")
    plan = await plans(pg_emptied, lambda s: s.key_ages.newest(NOW, after=after, limit=50))
    assert "signing_key_newest" in plan and "Seq Scan" not in plan, plan


async def test_keys_that_are_over_are_found_by_an_index(pg_emptied: str) -> None:
    plan = await plans(pg_emptied, lambda s: s.key_ages.retire(NOW - DAY, NOW, limit=50))
    assert "signing_key_over" in plan, plan


async def test_data_keys_that_wait_are_found_by_an_index(pg_emptied: str) -> None:
    plan = await plans(pg_emptied, lambda s: s.data_key_ages.waiting(NOW, limit=50))
    assert "tenant_key_waiting" in plan, plan


async def test_old_data_keys_to_be_looked_at_are_found_by_an_index(pg_emptied: str) -> None:
    plan = await plans(pg_emptied, lambda s: s.data_key_ages.to_review(NOW, limit=50))
    assert "tenant_key_review" in plan, plan


async def test_data_keys_to_be_followed_are_read_in_their_order_from_an_index(
    pg_emptied: str,
) -> None:
    after = (NOW - DAY, UUID(int=7))
    plan = await plans(pg_emptied, lambda s: s.data_key_ages.newest(NOW, after=after, limit=50))
    assert "tenant_key_age" in plan and "Seq Scan on tenant_key" not in plan, plan


@pytest.mark.parametrize("stretch", [1, 2, 7, 8])
async def test_tokens_from_before_are_looked_for_stretch_by_stretch(
    store: SqlStore, here: Place, elsewhere: Place, stretch: int
) -> None:
    for number in range(7):
        made = NOW + number * MINUTE
        row = here.authorization(created_at=NOW - DAY, rotated_at=made, expires_at=NOW + DAY)
        await here.inside.authorizations.create(row)
    ended = {"created_at": NOW - DAY, "revoked_at": NOW, "expires_at": NOW + DAY}
    await here.inside.authorizations.create(here.authorization(**ended))
    ask = SqlSealed(store._work, here.tenant.tenant_id).has_tokens_from_before
    assert await ask(NOW + MINUTE, NOW, stretch=stretch)
    assert not await ask(NOW, NOW, stretch=stretch)
    assert not await ask(NOW + DAY, NOW + DAY, stretch=stretch)
    other = SqlSealed(store._work, elsewhere.tenant.tenant_id).has_tokens_from_before
    assert not await other(NOW + DAY, NOW, stretch=stretch)


async def test_a_code_that_is_still_to_be_redeemed_is_of_when_it_was_made(
    store: SqlStore, here: Place
) -> None:
    await here.inside.authorizations.create(here.authorization())
    sealed = here.inside.sealed
    assert await sealed.has_tokens_from_before(NOW + MINUTE, NOW)
    assert not await sealed.has_tokens_from_before(NOW, NOW)


@pytest.mark.parametrize("limit", [1, 2, 5])
async def test_values_under_a_key_are_paged_through_and_replaced_once(
    here: Place, elsewhere: Place, limit: int
) -> None:
    for at in (here, elsewhere):
        await at.inside.clients.save(client("other"))
        for number, version in enumerate((1, 1, 2, 1)):
            for name in ("printer", "other"):
                kept = version.to_bytes(2, "big") + f"{name}{number}".encode()
                await at.inside.clients.add_secret(secret(name, sealed=kept))
        await at.inside.clients.add_secret(secret("other"))
    sealed, last, seen = here.inside.sealed, None, list[bytes]()
    while page := await sealed.under("client_secret.sealed", 1, after=last, limit=limit):
        for one in page:
            assert await sealed.replace("client_secret.sealed", one, b"\0\2" + one.sealed[2:])
            assert not await sealed.replace("client_secret.sealed", one, b"\0\3")
        seen, last = [*seen, *(one.sealed[2:] for one in page)], page[-1]
    assert sorted(seen) == [
        f"{name}{n}".encode() for name in ("other", "printer") for n in (0, 1, 3)
    ]
    assert len(await elsewhere.inside.sealed.under("client_secret.sealed", 1, limit=9)) == 6
