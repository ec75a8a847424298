"""What may be asked of a store about answers kept for a request that comes again."""

from datetime import datetime
from typing import Protocol

from consentry.records.idempotency import KeptAnswer


class Answers(Protocol):
    """Answers by idempotency key; used inside a transaction of `begin`."""

    async def claim(self, answer: KeptAnswer) -> KeptAnswer | None:
        """Take a key. None if it was free; else what is kept under it.

        Whoever claims a key that another transaction has just taken waits for that one's end.
        """

    async def fill(self, key: str, sealed: bytes, expires_at: datetime) -> None:
        """Keep the answer under a key that was claimed."""
