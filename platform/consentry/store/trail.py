"""What may be asked of a store about who did what, and who manages which app."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from consentry.records.audit import AuditHead, AuditRow, Event
from consentry.records.member import ClientMember


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which events are asked for; None asks for any.

    target: kind and id. since is the first moment asked for, until the first one not.
    """

    actor_id: str | None = None
    action: str | None = None
    target: tuple[str, str] | None = None
    since: datetime | None = None
    until: datetime | None = None


ANY_EVENT = AuditFilter()


class Audit(Protocol):
    """The chain of one tenant's events."""

    async def claim(self) -> None:
        """Nobody else appends to the chain until the transaction of `begin` ends."""

    async def append(self, events: Sequence[Event]) -> None:
        """Events at the end of the chain, in order."""

    async def head(self) -> AuditHead | None:
        """Where the chain ends; None when nothing ever happened."""

    async def page(
        self, asked: AuditFilter = ANY_EVENT, *, before: int | None = None, limit: int = 100
    ) -> list[AuditRow]:
        """Events newest first, those with a lower `seq` than `before`."""

    async def onward(
        self, asked: AuditFilter = ANY_EVENT, *, after: int = 0, limit: int = 500
    ) -> list[AuditRow]:
        """Events oldest first, those with a higher `seq` than `after`."""


class Members(Protocol):
    """People who manage apps."""

    async def get(self, client_id: str, user_id: UUID) -> ClientMember | None: ...

    async def of_client(self, client_id: str) -> list[ClientMember]:
        """Who manages it, longest first."""

    async def of_user(
        self, user_id: UUID, *, after: str = "", limit: int = 100
    ) -> list[ClientMember]:
        """What somebody manages, by client_id."""

    async def owners(self, client_ids: Sequence[str]) -> dict[str, list[str]]:
        """Usernames of the owners of each, longest first; without those that have none."""

    async def save(self, member: ClientMember) -> None:
        """Insert or update."""

    async def remove(self, client_id: str, user_id: UUID) -> bool:
        """False if they did not manage it."""
