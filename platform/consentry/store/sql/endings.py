"""What ends at somebody else's word."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from consentry.store.lists import Holder
from consentry.store.sql import tables
from consentry.store.sql.engine import Work
from consentry.store.sql.lists import held_by
from consentry.store.sql.people import codes_end

A, L, S = tables.authorization.c, tables.login.c, tables.client_secret.c


class SqlEndings:
    """`lists.Endings` of one tenant."""

    def __init__(self, work: Work, tenant_id: UUID) -> None:
        self._work, self._tenant = work, tenant_id

    async def authorizations(self, whose: Holder, at: datetime, *, id: UUID | None = None) -> int:
        """Revoke what still counts, see the port."""
        one = [] if id is None else [A.id == id]
        async with self._work.session() as session:
            ended = await session.execute(
                sa.update(tables.authorization)
                .where(
                    A.tenant_id == self._tenant,
                    *held_by(whose),
                    *one,
                    A.revoked_at.is_(None),
                    A.expires_at > at,
                )
                .values(revoked_at=at)
                .returning(A.id)
            )
            return len(ended.all())

    async def secret(self, client_id: str, secret_id: UUID, at: datetime) -> bool:
        """One secret expires, see the port."""
        async with self._work.session() as session:
            ended = await session.execute(
                sa.update(tables.client_secret)
                .where(
                    S.tenant_id == self._tenant,
                    S.client_id == client_id,
                    S.secret_id == secret_id,
                    sa.or_(S.expires_at.is_(None), S.expires_at > at),
                )
                .values(expires_at=at)
                .returning(S.secret_id)
            )
            await self._work.changed(session, self._tenant)
            return ended.first() is not None

    async def logins(self, user_id: UUID, at: datetime) -> int:
        """End every login of a person, see the port."""
        theirs = sa.select(L.login_id).where(L.tenant_id == self._tenant, L.user_id == user_id)
        async with self._work.session() as session:
            await session.execute(
                sa.update(tables.authorization)
                .where(
                    A.tenant_id == self._tenant,
                    A.user_id == user_id,
                    A.login_id.in_(theirs),
                    A.revoked_at.is_(None),
                )
                .values(revoked_at=at)
            )
            await session.execute(codes_end(self._tenant, at, A.user_id == user_id))
            ended = await session.execute(
                sa.update(tables.login)
                .where(
                    L.tenant_id == self._tenant,
                    L.user_id == user_id,
                    L.ended_at.is_(None),
                    L.expires_at > at,
                )
                .values(ended_at=at)
                .returning(L.login_id)
            )
            return len(ended.all())
