"""The rule of death of every table: what goes, when, in bounded batches."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from consentry.store.sql import tables as t
from consentry.store.sql.audit import sweep_audit
from consentry.store.sql.engine import Work


class Rule(NamedTuple):
    """Rows of a table die when `column` (indexed) is before what `before` makes of now."""

    column: sa.Column[Any]
    before: Callable[[datetime], object]


class Crowd(NamedTuple):
    """Of rows that are alike by `key` the newest `kept` stay."""

    table: str
    key: tuple[sa.Column[Any], ...]
    created: sa.Column[Any]
    kept: int
    "session_client": Rule(t.session_client.c.expires_at, lambda now: now),


# An ended row stays this long, so that a replay of what it issued is still recognised.
KEEP_ENDED = timedelta(days=1)
# What was done is listed for so long, and may be done again.
KEEP_EFFECTS = timedelta(days=30)
RULES = {
    "authorization": Rule(t.authorization.c.expires_at, lambda now: now - KEEP_ENDED),
    "login": Rule(t.login.c.expires_at, lambda now: now - KEEP_ENDED),
    "nonce": Rule(t.nonce.c.expires_at, lambda now: now),
    "imported_token": Rule(t.imported_token.c.expires_at, lambda now: now),
    "kept_answer": Rule(t.kept_answer.c.expires_at, lambda now: now),
    "domain_claim": Rule(t.domain_claim.c.expires_at, lambda now: now),
    "revoked_token": Rule(t.revoked_token.c.expires_at, lambda now: now),
    # One that waits has no end yet: it is done, or dead after its last attempt.
    "outbox": Rule(t.outbox.c.finished_at, lambda now: now - KEEP_EFFECTS),
    # A throttle whose time has come says what no row says.
    "throttle": Rule(t.throttle.c.free_ms, lambda now: int(now.timestamp() * 1000)),
}
KEPT = {
    "tenant": "configuration",
    "domain": "configuration",
    "api": "configuration",
    "scope": "configuration",
    "client": "configuration",
    "client_secret": "goes with its client",
    "client_use": "goes with its client",
    "client_member": "goes with the client or the person",
    "end_user": "a person",
    "consent": "what a person decided; goes with the person or the client",
    "tenant_key": "goes with its tenant",
    "signing_key": "goes with its tenant; retired ones are the record of what signed",
    "audit_head": "goes with its tenant; one row each",
    "webhook": "configuration",
    "job": "one row for each job there is",
    "usage": "rolled up from minutes to hours to days, which die there",
}
# Only who was refused lately can have passed the bound since the last sweeps.
LATELY = timedelta(hours=1)
CROWDED_AT_ONCE = 100
SUCCESSES_KEPT = 100
"""The most successes of one client that outlive a sweep."""
# What is needed to the end: the tenant's row, what its changes wait for, and its hosts and keys.
TO_THE_END = {"tenant", "audit_head", "domain", "tenant_key", "signing_key"}


async def sweep(
    work: Work,
    now: datetime,
    *,
    batch: int,
    refusals_before: datetime,
    refusals_kept: int,
    audit_before: datetime,
) -> dict[str, int]:
    """Delete at most `batch` expired rows a table. Rows deleted, by table.

    Refusals and successes die twice: those made before `refusals_before`, and the oldest of a
    tenant with more than `refusals_kept` refusals, or of a client with more than
    `SUCCESSES_KEPT` successes. Events of the audit trail die when made before `audit_before`.
    """
    gone = {}
    recorded = {
        "refusal": Rule(t.refusal.c.created_at, lambda _: refusals_before),
        "success": Rule(t.success.c.created_at, lambda _: refusals_before),
    }
    for name, rule in {**RULES, **recorded}.items():
        expired = rule.column < rule.before(now)
        gone[name] = await _delete(work, name, expired, rule.column, batch)
    gone["audit"] = await sweep_audit(work, audit_before, batch)
    r, s, since = t.refusal.c, t.success.c, now - LATELY
    for one in (
        Crowd("refusal", (r.tenant_id,), r.created_at, refusals_kept),
        Crowd("success", (s.tenant_id, s.client_id), s.created_at, SUCCESSES_KEPT),
    ):
        gone[one.table] += await _thin_out(work, one, since, batch - gone[one.table])
    return gone


async def _thin_out(work: Work, crowd: Crowd, since: datetime, most: int) -> int:
    """Delete at most `most` of the rows that are too many; how many went."""
    left = most
    for *key, count in await _crowded(work, crowd, since):
        if left > 0:
            theirs = sa.and_(*(column == one for column, one in zip(crowd.key, key, strict=True)))
            some = min(left, count - crowd.kept)
            left -= await _delete(work, crowd.table, theirs, crowd.created, some)
    return most - left


async def empty(work: Work, tenant_id: UUID, *, batch: int) -> bool:
    """Delete at most `batch` rows of a tenant from each table; whether one may have more.

    Each table is a transaction of its own: what a big tenant holds goes piece by piece.
    """
    more = False
    for name, table in t.metadata.tables.items():
        if name not in TO_THE_END:
            theirs, second = table.c.tenant_id == tenant_id, list(table.primary_key.columns)[1]
            more |= await _delete(work, name, theirs, second, batch) == batch
    return more


async def _delete(
    work: Work,
    name: str,
    expired: sa.ColumnElement[bool],
    oldest: sa.Column[Any],
    batch: int,
) -> int:
    """Delete at most `batch` of the expired rows, the oldest first; how many went."""
    table = t.metadata.tables[name]
    key = list(table.primary_key.columns)
    chosen = sa.select(*key).where(expired).order_by(oldest).limit(batch)
    if not work.is_sqlite:
        # Two sweepers share the work instead of waiting for one another.
        chosen = chosen.with_for_update(skip_locked=True)
    # As a CTE it is evaluated once; a subquery may be run again and pass its limit.
    doomed = chosen.cte("doomed")
    async with work.session() as session:
        gone = await session.execute(
            sa.delete(table).where(sa.tuple_(*key).in_(sa.select(*doomed.c))).returning(key[0])
        )
        return len(gone.all())


async def _crowded(work: Work, crowd: Crowd, since: datetime) -> list[tuple[Any, ...]]:
    """Keys with more rows than are kept, some of them recent, and how many each has."""
    lately = sa.select(*crowd.key).where(crowd.created > since).distinct()
    async with work.reading() as session:
        found = await session.execute(
            sa.select(*crowd.key, sa.func.count())
            .where(sa.tuple_(*crowd.key).in_(lately))
            .group_by(*crowd.key)
            .having(sa.func.count() > crowd.kept)
            .limit(CROWDED_AT_ONCE)
        )
        return [tuple(row) for row in found]
