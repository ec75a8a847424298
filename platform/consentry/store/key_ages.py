"""Keys of all tenants, by how old they are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AgedKey:
    """A signing key that no other follows yet. lifetime: in seconds, if its tenant set one."""

    tenant_id: UUID
    kid: str
    alg: str
    active_at: datetime
    lifetime: int | None


class KeyAges(Protocol):
    """Keys of all tenants that are neither disabled nor leaving."""

    async def newest(
        self, before: datetime, *, after: tuple[datetime, str] | None = None, limit: int
    ) -> list[AgedKey]:
        """Signing keys that no other follows and that began to sign before that, the oldest
        first, behind `after` (active_at, kid). Also younger ones, where a tenant has a lifetime
        of its own."""

    async def retire(self, before: datetime, now: datetime, *, limit: int) -> int:
        """Forget the private halves of at most `limit` keys that stopped signing before that.
        How many there were."""
