"""The clients that learnt of a session."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from consentry.records.session_client import SessionClient
from consentry.store.sql import tables
from consentry.store.sql.engine import Work

L, S = tables.login.c, tables.session_client.c


class SqlSessionClients:
    """`session_clients.SessionClients` of one tenant."""

    def __init__(self, work: Work, tenant_id: UUID) -> None:
        self._work, self._tenant = work, tenant_id

    async def note(self, row: SessionClient) -> None:
        """The client knows of the session, see the port."""
        new = postgresql.insert(tables.session_client).values(
            {**row.model_dump(), "tenant_id": self._tenant}
        )
        # SQLite took its ON CONFLICT from PostgreSQL, so both understand this one.
        later = sa.case((new.excluded.expires_at > S.expires_at, new.excluded.expires_at),
                        else_=S.expires_at)  # fmt: skip
        kept = new.on_conflict_do_update(
            index_elements=[S.tenant_id, S.session_id, S.client_id], set_={"expires_at": later}
        )
        async with self._work.session() as session:
            await session.execute(kept)

    async def prolong(self, session_id: UUID, until: datetime) -> None:
        """The session goes on, see the port."""
        async with self._work.session() as session:
            await session.execute(
                sa.update(tables.session_client)
                .where(S.tenant_id == self._tenant, S.session_id == session_id)
                .values(expires_at=until)
            )

    async def leave(self, session_id: UUID) -> list[SessionClient]:
        """Forget one, see the port."""
        return await self._leave(S.session_id == session_id)

    async def leave_all(self, user_id: UUID, *, keep: str = "") -> list[SessionClient]:
        """Forget all of a person, see the port."""
        goes_on = sa.select(L.session_id).where(
            L.tenant_id == self._tenant, L.login_id == keep, L.session_id.is_not(None)
        )
        return await self._leave(S.user_id == user_id, S.session_id.not_in(goes_on))

    async def _leave(self, *which: sa.ColumnElement[bool]) -> list[SessionClient]:
        gone = sa.delete(tables.session_client).where(S.tenant_id == self._tenant, *which)
        async with self._work.session() as session:
            found = await session.execute(gone.returning(*S))
            rows = [SessionClient(**row._mapping) for row in found]
        return sorted(rows, key=lambda row: (row.session_id, row.client_id))
