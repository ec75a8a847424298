"""How much clients use their tenant: counted in memory, stored in batches.

What was not stored yet waits for the next time; a second of it may be lost in a crash.
"""

import asyncio
from bisect import bisect_left
from typing import Final
from uuid import UUID

from consentry.records.usage import ALL, BOUNDS_MS, Counted
from consentry.store.ports import Store, Unavailable
from consentry.telemetry import get_logger

MOST_KEYS: Final = 20_000
"""Beyond these only the tenants' sums are kept apart."""
_BOUNDS_S: Final = tuple(bound / 1_000 for bound in BOUNDS_MS)
_SLOTS: Final = 2 + len(BOUNDS_MS)

Key = tuple[UUID, int, str, str, str]


class UsageCounters:
    """Counts waiting to be stored, by tenant, minute, client, what was asked, and outcome."""

    def __init__(self) -> None:
        self._waiting: dict[Key, list[int]] = {}
        self._storing = asyncio.Lock()

    def count(
        self, tenant_id: UUID, minute: int, client_id: str, what: str, outcome: str, seconds: float
    ) -> None:
        """One request, for its client and for the tenant as a whole.

        minute: since the epoch. client_id: of a client that is known; else empty. what: the
        grant type, or the endpoint's name. outcome: `ok`, or the error code.
        """
        slot = 1 + bisect_left(_BOUNDS_S, seconds)
        self._add((tenant_id, minute, ALL, what, outcome), slot)
        if client_id:
            self._add((tenant_id, minute, client_id, what, outcome), slot)

    def _add(self, key: Key, slot: int) -> None:
        row = self._waiting.get(key)
        if row is None:
            if len(self._waiting) >= MOST_KEYS and key[2]:
                return
            row = self._waiting[key] = [0] * _SLOTS
        row[0] += 1
        row[slot] += 1

    async def flush(self, store: Store) -> None:
        """Store what waits, also what somebody else is just storing; what cannot be stored waits
        on. Raises Unavailable."""
        async with self._storing:
            taken, self._waiting = self._waiting, {}
            if not taken:
                return
            try:
                await store.usage.add([Counted(*key, tuple(row)) for key, row in taken.items()])
            except Unavailable:
                self._put_back(taken)
                raise

    def _put_back(self, taken: dict[Key, list[int]]) -> None:
        lost = 0
        for key, row in taken.items():
            mine = self._waiting.get(key)
            if mine is None and len(self._waiting) >= MOST_KEYS:
                lost += row[0]
                continue
            self._waiting[key] = (
                row if mine is None else [a + b for a, b in zip(mine, row, strict=True)]
            )
        if lost:
            get_logger().warning("usage_lost", count=lost)
