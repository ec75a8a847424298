"""What may be asked of a store about rows whose time has come."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol
from uuid import UUID

from consentry.records.audit import AuditRow
from consentry.records.outbox import Effect
from consentry.records.session_client import SessionClient


class NotExported(Exception):
    """Events could not be kept elsewhere before they die; the text says why."""


AuditExport = Callable[[UUID, Sequence[AuditRow]], Awaitable[None]]
"""Keeps events of one tenant, oldest first, for good. Raises NotExported."""

Farewell = Callable[[SessionClient], Effect]
"""What tells a client that a session it knew of has expired."""


class Sweeping(Protocol):
    """One sweep: what has expired at its moment, taken table by table, batch by batch.

    It remembers how far it came. What expires, or turns up behind it, while it goes on is
    found by the next one.
    """

    @property
    def tables(self) -> Sequence[str]:
        """Every table in which rows expire."""

    async def take(self, table: str, most: int) -> int:
        """Delete at most `most` expired rows of a table, the oldest first; how many went.

        Raises NotExported for events that were to be exported first; none went.
        """

    async def overdue_s(self, table: str) -> float:
        """Seconds since the oldest expired row that is left should have gone; 0.0 if none is."""
