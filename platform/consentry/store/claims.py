"""What may be asked of a store about hosts that a tenant claims."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from consentry.records.tenant import DomainClaim


class Claims(Protocol):
    """Claims of one tenant; one that has expired is none."""

    async def all(self, now: datetime) -> Sequence[DomainClaim]:
        """By host."""

    async def save(self, claim: DomainClaim) -> None:
        """Insert or update."""

    async def remove(self, host: str) -> None:
        """Forget it."""
