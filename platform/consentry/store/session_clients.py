"""What may be asked of a store about the clients that learnt of a session; part of `ports`."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from consentry.records.session_client import SessionClient


class SessionClients(Protocol):
    """The clients of one tenant's sessions."""

    async def note(self, row: SessionClient) -> None:
        """The client knows of the session, until the row's `expires_at` at least."""

    async def prolong(self, session_id: UUID, until: datetime) -> None:
        """The session goes on under a new login."""

    async def leave(self, session_id: UUID) -> list[SessionClient]:
        """Forget a session that ends. The clients that knew of it, in order."""

    async def leave_all(self, user_id: UUID, *, keep: str = "") -> list[SessionClient]:
        """Forget all sessions of a person. keep: the `login_id` of one that goes on.

        The clients that knew of them, in order.
        """
