"""What may be asked of a store about answers kept for a request that comes again."""

from typing import Protocol

from consentry.records.idempotency import KeptAnswer


class Answers(Protocol):
    """Answers by idempotency key; used where changes of a tenant take turns."""

    async def get(self, key: str) -> KeptAnswer | None: ...
    async def save(self, answer: KeptAnswer) -> None:
        """Insert or update."""
