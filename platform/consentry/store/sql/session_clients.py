"""The clients that learnt of a session."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from consentry.records.session_client import SessionClient
from consentry.store.sql import tables
from consentry.store.sql.engine import Work

L, S = tables.login.c, tables.session_client.c


class SqlSessionClients:
    """`session_clients.SessionClients` of one tenant."""

    def __init__(self, work: Work, tenant_id: UUID) -> None:
        self._work, self._tenant = work, tenant_id

    async def note(self, row: SessionClient, *, under: str, now: datetime) -> bool:
        """The client knows of the session, see the port."""
        values = {**row.model_dump(), "tenant_id": self._tenant}
        live = (
            sa.select(*(sa.literal(values[one.name], one.type).label(one.name) for one in S))
            .select_from(tables.login)
            .where(
                L.tenant_id == self._tenant,
                L.login_id == under,
                L.ended_at.is_(None),
                L.expires_at > now,
            )
            .with_for_update(read=True, of=tables.login)
        )
        new = postgresql.insert(tables.session_client).from_select([one.name for one in S], live)
        # SQLite took its ON CONFLICT from PostgreSQL, so both understand this one.
        later = sa.case((new.excluded.expires_at > S.expires_at, new.excluded.expires_at),
                        else_=S.expires_at)  # fmt: skip
        kept = new.on_conflict_do_update(
            index_elements=[S.tenant_id, S.session_id, S.client_id], set_={"expires_at": later}
        )
        async with self._work.session() as session:
            found = await session.execute(kept.returning(S.client_id))
            return found.first() is not None

    async def prolong(self, user_id: UUID, session_id: UUID, until: datetime) -> None:
        """The session goes on, see the port."""
        async with self._work.session() as session:
            await self._hold(session, user_id, L.session_id == session_id)
            await session.execute(
                sa.update(tables.session_client)
                .where(S.tenant_id == self._tenant, S.session_id == session_id)
                .values(expires_at=until)
            )

    async def leave(self, user_id: UUID, session_id: UUID) -> list[SessionClient]:
        """Forget one, see the port."""
        async with self._work.session() as session:
            await self._hold(session, user_id, L.session_id == session_id)
            return await self._leave(session, S.session_id == session_id)

    async def leave_all(self, user_id: UUID, *, keep: str = "") -> list[SessionClient]:
        """Forget all of a person, see the port."""
        goes_on = sa.select(L.session_id).where(
            L.tenant_id == self._tenant, L.login_id == keep, L.session_id.is_not(None)
        )
        async with self._work.session() as session:
            await self._hold(session, user_id)
            return await self._leave(session, S.user_id == user_id, S.session_id.not_in(goes_on))

    async def _hold(
        self, session: AsyncSession, user_id: UUID, *which: sa.ColumnElement[bool]
    ) -> None:
        """Have a person's live logins to ourselves until the transaction ends.

        Before any row of theirs here: in the order in which `note` takes them.
        """
        theirs = sa.select(L.login_id).where(
            L.tenant_id == self._tenant, L.user_id == user_id, L.ended_at.is_(None), *which
        )
        await session.execute(theirs.order_by(L.login_id).with_for_update())

    async def _leave(
        self, session: AsyncSession, *which: sa.ColumnElement[bool]
    ) -> list[SessionClient]:
        gone = sa.delete(tables.session_client).where(S.tenant_id == self._tenant, *which)
        found = await session.execute(gone.returning(*S))
        rows = [SessionClient(**row._mapping) for row in found]
        return sorted(rows, key=lambda row: (row.session_id, row.client_id))
