"""What may be asked of a store in numbers; part of `ports`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

Span = tuple[datetime, datetime]
"""From its first moment to the first one behind it."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What of a client counts now: authorizations, and the people they are of."""

    authorizations: int
    people: int


class Figures(Protocol):
    """Numbers about one tenant and its clients, each read on an index."""

    async def last_used(self, client_ids: Sequence[str]) -> dict[str, datetime]:
        """When they last proved themselves, by either protocol; without those that never did."""

    async def refused(self, client_ids: Sequence[str], since: datetime) -> dict[str, int]:
        """How many of their requests were refused; without those that had none."""

    async def holdings(self, client_id: str, now: datetime) -> Holdings:
        """What counts now."""

    async def sign_ins(self, spans: Sequence[Span], *, limit: int) -> tuple[list[int], int]:
        """How many people signed in within each of the spans, those that ended too; and how many
        were looked at: the latest since the first span began, at most `limit`."""
