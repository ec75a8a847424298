"""What may be asked of a store about webhooks."""

from typing import Protocol
from uuid import UUID

from consentry.records.webhook import Webhook


class Webhooks(Protocol):
    """Webhooks of one tenant; a change of them is news of its configuration."""

    async def all(self) -> list[Webhook]:
        """The oldest first."""

    async def get(self, webhook_id: UUID) -> Webhook | None: ...
    async def save(self, row: Webhook) -> None:
        """Insert or update."""

    async def remove(self, webhook_id: UUID) -> bool:
        """Forget it. False if there is none such."""
