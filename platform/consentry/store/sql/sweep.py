"""The rule of death of every table: what goes, and when."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from consentry.store.sql import tables as t
from consentry.store.sql.deleting import delete_some
from consentry.store.sql.engine import Work


class Rule(NamedTuple):
    """Rows of a table die when `column` (indexed) is before what `before` makes of now."""

    column: sa.Column[Any]
    before: Callable[[datetime], object]


# An ended row stays this long, so that a replay of what it issued is still recognised.
KEEP_ENDED = timedelta(days=1)
# A token that was taken back counts nowhere again: another clock may be behind the sweeper's.
SKEW = timedelta(seconds=60)
# What was done is listed for so long, and may be done again.
KEEP_EFFECTS = timedelta(days=30)
RULES = {
    "authorization": Rule(t.authorization.c.expires_at, lambda now: now - KEEP_ENDED),
    "login": Rule(t.login.c.expires_at, lambda now: now - KEEP_ENDED),
    "session_client": Rule(t.session_client.c.expires_at, lambda now: now),
    "nonce": Rule(t.nonce.c.expires_at, lambda now: now),
    "imported_token": Rule(t.imported_token.c.expires_at, lambda now: now),
    "kept_answer": Rule(t.kept_answer.c.expires_at, lambda now: now),
    "domain_claim": Rule(t.domain_claim.c.expires_at, lambda now: now),
    "revoked_token": Rule(t.revoked_token.c.expires_at, lambda now: now - SKEW),
    # One that waits has no end yet: it is done, or dead after its last attempt.
    "outbox": Rule(t.outbox.c.finished_at, lambda now: now - KEEP_EFFECTS),
    "process": Rule(t.process.c.seen_at, lambda now: now - KEEP_ENDED),
    # A throttle whose time has come says what no row says.
    "throttle": Rule(t.throttle.c.free_ms, lambda now: int(now.timestamp() * 1000)),
}
# Rows may die by another rule first. What was taken back is answered as what never was
# (RFC 7662 §2.2, RFC 6749 §5.2), so it need not wait for the end it would have had.
EARLIER = {"authorization": Rule(t.authorization.c.revoked_at, lambda now: now - KEEP_ENDED)}
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
    "usage": "summed up by hour and by day by a job of its own, which deletes old days",
}
SUCCESSES_KEPT = 100
"""The most successes of one client that outlive a sweep."""
# What is needed to the end: the tenant's row, what its changes wait for, and its hosts and keys.
TO_THE_END = {"tenant", "audit_head", "domain", "tenant_key", "signing_key"}


async def empty(work: Work, tenant_id: UUID, *, batch: int) -> bool:
    """Delete at most `batch` rows of a tenant from each table; whether one may have more.

    Each table is a transaction of its own: what a big tenant holds goes piece by piece.
    """
    more = False
    for name, table in t.metadata.tables.items():
        if name not in TO_THE_END:
            theirs, second = table.c.tenant_id == tenant_id, list(table.primary_key.columns)[1]
            more |= len(await delete_some(work, theirs, second, batch)) == batch
    return more
