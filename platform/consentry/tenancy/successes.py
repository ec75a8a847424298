"""Which requests were served: some of them kept in memory for a moment, stored in batches.

Where many come at once a few of each client are kept, so that the busiest costs as little as
the others. A second of records may be lost in a crash; a state change never is.
"""

import asyncio
from uuid import UUID

from consentry.records.transient import Success
from consentry.store.ports import Store, Unavailable
from consentry.telemetry import get_logger

# Of one flush, which there is once a second.
MOST_PENDING = 120
MOST_CLIENTS_OF_A_TENANT = 10
MOST_A_CLIENT = 3


class SuccessLog:
    """Records waiting to be stored: the first of each client since the last time."""

    def __init__(self) -> None:
        self._pending: dict[UUID, dict[str, list[Success]]] = {}
        self._count = 0
        self._storing = asyncio.Lock()

    def has_room(self, tenant_id: UUID, client_id: str) -> bool:
        """Whether one more of this client would be kept. To be asked before making it."""
        clients = self._pending.get(tenant_id)
        if clients is None:
            return self._count < MOST_PENDING
        waiting = clients.get(client_id)
        if waiting is None:
            return self._count < MOST_PENDING and len(clients) < MOST_CLIENTS_OF_A_TENANT
        return len(waiting) < MOST_A_CLIENT and self._count < MOST_PENDING

    def add(self, success: Success) -> None:
        """Keep a record there is room for."""
        clients = self._pending.setdefault(success.tenant_id, {})
        clients.setdefault(success.client_id, []).append(success)
        self._count += 1

    async def flush(self, store: Store) -> None:
        """Store what waits, also what somebody else is just storing; what cannot be stored is
        dropped with a line in the log."""
        async with self._storing:
            pending, self._pending, self._count = self._pending, {}, 0
            for tenant_id, clients in pending.items():
                rows = [one for waiting in clients.values() for one in waiting]
                try:
                    await store.inside(tenant_id).successes.add(rows)
                except Unavailable:
                    get_logger().warning("successes_lost", count=len(rows))
