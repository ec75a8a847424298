"""Why requests were refused: kept in memory for a moment, stored in batches.

A second of records may be lost in a crash; a state change never is.
"""

import asyncio
from uuid import UUID

from consentry.records.transient import Refusal
from consentry.store.ports import Store, Unavailable
from consentry.telemetry import get_logger

MOST_PENDING = 2_000
MOST_A_TENANT = 200


class RefusalLog:
    """Records waiting to be stored. Bounded: a flood is counted by the metrics, not kept."""

    def __init__(self) -> None:
        self._pending: dict[UUID, list[Refusal]] = {}
        self._count = 0
        self._storing = asyncio.Lock()

    def add(self, refusal: Refusal) -> None:
        """Keep a record unless its tenant, or everyone together, has too many waiting."""
        waiting = self._pending.setdefault(refusal.tenant_id, [])
        if len(waiting) < MOST_A_TENANT and self._count < MOST_PENDING:
            waiting.append(refusal)
            self._count += 1

    async def flush(self, store: Store) -> None:
        """Store what waits, also what somebody else is just storing; what cannot be stored is
        dropped with a line in the log."""
        async with self._storing:
            pending, self._pending, self._count = self._pending, {}, 0
            for tenant_id, refusals in pending.items():
                try:
                    await store.inside(tenant_id).refusals.add(refusals)
                except Unavailable:
                    get_logger().warning("refusals_lost", count=len(refusals))
