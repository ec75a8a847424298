"""What the platform asks of the table of requests that were served."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from consentry.records.transient import Success


class Successes(Protocol):
    """Requests of one tenant that were served."""

    async def add(self, successes: Sequence[Success]) -> None: ...
    async def get(self, success_id: UUID) -> Success | None: ...
    async def page(
        self, client_id: str, *, before: tuple[datetime, UUID] | None = None, limit: int
    ) -> list[Success]:
        """A client's, newest first; `before`: time and id of the last one seen."""
