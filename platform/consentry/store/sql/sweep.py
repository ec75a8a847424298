"""The rule of death of every table: what goes, when, in bounded batches."""

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa

from consentry.store.sql import tables
from consentry.store.sql.engine import Work

Expired = Callable[[datetime], sa.ColumnElement[bool]]
T = tables
# An ended row stays this long, so that a replay of what it issued is still recognised.
KEEP_ENDED = timedelta(days=1)

RULES: dict[str, Expired] = {
    "authorization": lambda now: T.authorization.c.expires_at < now - KEEP_ENDED,
    "login": lambda now: T.login.c.expires_at < now - KEEP_ENDED,
    "nonce": lambda now: T.nonce.c.expires_at < now,
    "revoked_token": lambda now: T.revoked_token.c.expires_at < now,
    "throttle": lambda now: T.throttle.c.free_ms < int(now.timestamp() * 1000),
}
KEPT = {
    "tenant": "configuration",
    "domain": "configuration",
    "api": "configuration",
    "scope": "configuration",
    "client": "configuration",
    "client_secret": "goes with its client",
    "end_user": "a person",
    "consent": "what a person decided; goes with the person or the client",
    "tenant_key": "goes with its tenant",
    "signing_key": "goes with its tenant; retired ones are the record of what signed",
}


async def sweep(
    work: Work, now: datetime, *, batch: int, refusals_before: datetime, refusals_kept: int
) -> dict[str, int]:
    """Delete at most `batch` expired rows a table. Rows deleted, by table."""
    gone = {}
    rules = {**RULES, "refusal": lambda _: T.refusal.c.created_at < refusals_before}
    for name, expired in rules.items():
        table = T.metadata.tables[name]
        gone[name] = await _delete(work, table, expired(now), batch)
    gone["refusal"] += await _trim_refusals(work, batch, refusals_kept)
    return gone


async def _delete(work: Work, table: sa.Table, expired: sa.ColumnElement[bool], batch: int) -> int:
    key = list(table.primary_key.columns)
    doomed = sa.select(*key).where(expired).limit(batch)
    if not work.is_sqlite:
        # Two sweepers share the work instead of waiting for one another.
        doomed = doomed.with_for_update(skip_locked=True)
    async with work.session() as session:
        gone = await session.execute(
            sa.delete(table).where(sa.tuple_(*key).in_(doomed)).returning(key[0])
        )
        return len(gone.all())


async def _trim_refusals(work: Work, batch: int, kept: int) -> int:
    """Tenants with more than `kept` refusals lose their oldest."""
    r = T.refusal.c
    async with work.reading() as session:
        crowded = await session.execute(
            sa.select(r.tenant_id, sa.func.count())
            .group_by(r.tenant_id)
            .having(sa.func.count() > kept)
        )
        over = list(crowded)
    gone = 0
    for tenant_id, count in over:
        oldest = (
            sa.select(r.refusal_id)
            .where(r.tenant_id == tenant_id)
            .order_by(r.created_at)
            .limit(min(batch, count - kept))
        )
        async with work.session() as session:
            done = await session.execute(
                sa.delete(T.refusal)
                .where(r.tenant_id == tenant_id, r.refusal_id.in_(oldest))
                .returning(r.refusal_id)
            )
            gone += len(done.all())
    return gone
