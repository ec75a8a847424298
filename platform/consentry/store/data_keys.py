"""Data keys by their age, and what is still sealed under the old ones."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AgedDataKey:
    """A data key that no other follows yet. lifetime: in seconds, if its tenant set one."""

    tenant_id: UUID
    version: int
    created_at: datetime
    lifetime: int | None


@dataclass(frozen=True, slots=True)
class SealedValue:
    """What a column holds. place: the primary key of its row, without the tenant."""

    place: tuple[Any, ...]
    sealed: bytes = field(repr=False)


class DataKeyAges(Protocol):
    """Data keys of the base host and of all tenants that are neither disabled nor leaving."""

    async def newest(
        self, before: datetime, *, after: tuple[datetime, UUID] | None = None, limit: int
    ) -> list[AgedDataKey]:
        """Keys that no other follows and that were made before that, the oldest first, behind
        `after` (created_at, tenant_id). Also younger ones, where a tenant has a lifetime of its
        own."""

    async def waiting(self, before: datetime, *, limit: int) -> list[tuple[UUID, int]]:
        """Tenant and version of keys made before that which seal nothing yet."""

    async def to_review(self, now: datetime, *, limit: int) -> list[tuple[UUID, int]]:
        """Tenant and version of old keys whose time to be looked at has come."""


class Sealed(Protocol):
    """What one tenant keeps sealed under its data keys."""

    async def under(
        self, column: str, version: int, *, after: SealedValue | None = None, limit: int
    ) -> list[SealedValue]:
        """Values of a column (`table.column`) under one version, in the order of their rows."""

    async def replace(self, column: str, value: SealedValue, sealed: bytes) -> bool:
        """Put another in its place. False if it is there no more."""

    async def has_tokens_from_before(self, moment: datetime, now: datetime) -> bool:
        """Whether there is a live authorization whose last token was made before that."""
