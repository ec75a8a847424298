"""Counts of use: added by every process, rolled up, read for charts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from consentry.records.usage import Counted, PeopleOfDay


@dataclass(frozen=True, slots=True)
class Used:
    """Requests that were alike in a stretch of time; `counts` as in `records.usage.Counted`."""

    at: datetime
    what: str
    outcome: str
    counts: tuple[int, ...]


class Seen(NamedTuple):
    """When somebody signed in (client_id: `ALL`), or was given tokens by way of a client."""

    tenant_id: UUID
    user_id: UUID
    client_id: str
    at: datetime


Reached = tuple[UUID, UUID]
"""Tenant and person a walk through all people has come to."""


class RolledUp(NamedTuple):
    """How many counts became part of longer ones, behind which tenant to go on, and whether all
    tenants had their turn."""

    rows: int
    after: UUID | None
    is_over: bool


@dataclass(frozen=True, slots=True)
class Leading:
    """Clients before all others, at most so many as were asked for of each kind.

    busiest: those given most tokens, and how many. refused: those refused most, what they were
    told most often, and how many refusals they have; `ALL` stands for what no known client asked.
    """

    busiest: list[tuple[str, int]]
    refused: list[tuple[str, str, int]]


class UsageLog(Protocol):
    """The counts of all tenants."""

    async def add(self, counted: Sequence[Counted]) -> None:
        """Add to what is stored; all of it or nothing."""

    async def roll_up(
        self, source: str, target: str, before: datetime, *, after: UUID | None, most: int
    ) -> RolledUp:
        """Make at most `most` counts by minute or hour that began before that, of some tenants
        behind `after`, part of those by hour or day; nothing is lost or counted twice."""

    async def forget(self, before: datetime, *, most: int) -> int:
        """Delete at most `most` counts by day from before that; how many there were."""

    async def seen(
        self, since: datetime, *, after: Reached | None, most: int
    ) -> tuple[list[Seen], Reached | None]:
        """What at most `most` people, those behind `after`, did since then, as far as their
        sign-ins and authorizations tell: of an authorization its first and its last tokens.
        And where to go on, None when these were the last."""

    async def keep_people(self, counted: Sequence[PeopleOfDay]) -> None:
        """Keep how many people were seen; a greater number that is there already stays."""

    async def tokens(self, tenant_ids: Sequence[UUID], since: datetime) -> dict[UUID, int]:
        """How many tokens tenants gave since then; without those that gave none."""


class TenantUsage(Protocol):
    """The counts of one tenant."""

    async def read(self, client_id: str, since: datetime, until: datetime) -> list[Used]:
        """Of one client or of `ALL`, the oldest first: by minute, hour or day, whichever there
        is."""

    async def leading(self, since: datetime, *, limit: int) -> Leading:
        """The clients that lead since then."""
