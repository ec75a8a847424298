"""What the rooms above may ask of a store a page at a time; part of `ports`.

Every page stands on an index and begins behind a cursor: what was last on the page before.
A prefix is compared whatever the case.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from consentry.records.authorization import AuthorizationRow
from consentry.records.client import ClientRow, ClientUse
from consentry.records.tenant import Tenant
from consentry.records.transient import Refusal
from consentry.records.user import User


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose authorizations: one person's, one client's, both, or everybody's."""

    user_id: UUID | None = None
    client_id: str | None = None


class Lists(Protocol):
    """Pages of what one tenant holds, at most `limit` rows each."""

    async def clients(
        self, *, prefix: str = "", after: str = "", only: Sequence[str] | None = None, limit: int
    ) -> list[ClientRow]:
        """By id, those whose id or name begins so. only: these ids and no other."""

    async def users(self, *, prefix: str = "", after: str = "", limit: int) -> list[User]:
        """By username, those whose username or e-mail begins so. after: a `username_key`."""

    async def usernames(self, user_ids: Sequence[UUID]) -> dict[UUID, str]:
        """Of these people, by id; without those that are gone."""

    async def authorizations(
        self, whose: Holder, *, after: UUID | None = None, now: datetime, limit: int
    ) -> list[AuthorizationRow]:
        """Those that count now, by id."""

    async def refusals(
        self,
        *,
        client_id: str | None = None,
        before: tuple[datetime, UUID] | None = None,
        limit: int,
    ) -> list[Refusal]:
        """Newest first. before: time and id of the last one seen."""

    async def uses(
        self, *, client_id: str | None = None, after: tuple[str, str] | None = None, limit: int
    ) -> list[ClientUse]:
        """Last uses by client and protocol. after: the last pair seen."""

    async def without_pkce(self, since: datetime) -> frozenset[str]:
        """Clients that got an authorization by a request without PKCE since then."""


class TenantLists(Protocol):
    """Pages of the tenants themselves."""

    async def tenants(self, *, prefix: str = "", after: str = "", limit: int) -> list[Tenant]:
        """By slug, those whose slug or name begins so; at most `limit`."""


class Endings(Protocol):
    """What ends at somebody else's word; part of a transaction like all else."""

    async def authorizations(self, whose: Holder, at: datetime, *, id: UUID | None = None) -> int:
        """Revoke what still counts, one or all of somebody's. Returns how many ended."""

    async def secret(self, client_id: str, secret_id: UUID, at: datetime) -> bool:
        """One secret expires at `at`. False if there is none that lasts longer."""

    async def logins(self, user_id: UUID, at: datetime) -> int:
        """End every login of a person with what hangs on it. Returns how many ended."""
