"""Keys of all tenants are found by their age on an index, however many tenants there are."""

from datetime import datetime
from typing import Any

import asyncpg
import sqlalchemy as sa

from consentry.store.sql.store import SqlStore
from store.rows import DAY, NOW


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
