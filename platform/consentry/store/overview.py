"""What an operator may ask of a store about many tenants at once, and of the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from consentry.records.key import TenantKey


@dataclass(frozen=True, slots=True)
class TenantCounts:
    """How many rows a tenant has of each, counted up to a bound.

    authorizations: those that count now, among as many rows as the bound says.
    """

    users: int = 0
    clients: int = 0
    authorizations: int = 0


class Overview(Protocol):
    """Read without a tenant's context; each method costs one statement."""

    async def counts(
        self, tenants: Sequence[UUID], *, now: datetime, most: int
    ) -> dict[UUID, TenantCounts]:
        """Of these tenants, by id; nothing is counted past `most`."""

    async def some_keys(self, limit: int) -> list[TenantKey]:
        """A few wrapped keys of whichever owners, at most `limit`."""

    async def clock(self) -> datetime | None:
        """The database's own time; None where it has none of its own."""
