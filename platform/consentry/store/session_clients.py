"""What may be asked of a store about the clients that learnt of a session; part of `ports`."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from consentry.records.session_client import SessionClient


class SessionClients(Protocol):
    """The clients of one tenant's sessions."""

    async def note(self, row: SessionClient, *, under: str, now: datetime) -> bool:
        """The client knows of the session, until the row's `expires_at` at least.

        under: the `login_id` it learns it by; False, and nothing is noted, if that is live no
        more. Whoever leaves the session at the same time finds the client, or comes first.
        """

    async def prolong(self, user_id: UUID, session_id: UUID, until: datetime) -> None:
        """A person's session goes on under a new login."""

    async def leave(self, user_id: UUID, session_id: UUID) -> list[SessionClient]:
        """Forget a person's session that ends. The clients that knew of it, in order.

        Inside `begin` no login of it lets another client know until its end.
        """

    async def leave_all(self, user_id: UUID, *, keep: str = "") -> list[SessionClient]:
        """The same for all sessions of a person. keep: the `login_id` of one that goes on."""
