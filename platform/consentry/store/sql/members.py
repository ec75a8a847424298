"""Who manages which app."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from consentry.records.member import ClientMember
from consentry.store.sql import tables
from consentry.store.sql.engine import Work

M, U = tables.client_member.c, tables.end_user.c


class SqlMembers:
    """`trail.Members` of one tenant."""

    def __init__(self, work: Work, tenant_id: UUID) -> None:
        self._work, self._tenant = work, tenant_id

    async def get(self, client_id: str, user_id: UUID) -> ClientMember | None:
        """What somebody is to a client."""
        async with self._work.reading() as session:
            return await session.get(ClientMember, (self._tenant, client_id, user_id))

    async def of_client(self, client_id: str) -> list[ClientMember]:
        """Who manages it, longest first."""
        query = sa.select(ClientMember).where(M.tenant_id == self._tenant, M.client_id == client_id)
        async with self._work.reading() as session:
            return list(await session.scalars(query.order_by(M.since, M.user_id).limit(1_000)))

    async def of_user(
        self, user_id: UUID, *, after: str = "", limit: int = 100
    ) -> list[ClientMember]:
        """What somebody manages, by client_id."""
        query = sa.select(ClientMember).where(
            M.tenant_id == self._tenant, M.user_id == user_id, M.client_id > after
        )
        async with self._work.reading() as session:
            return list(await session.scalars(query.order_by(M.client_id).limit(limit)))

    async def owners(self, client_ids: Sequence[str]) -> dict[str, list[str]]:
        """Usernames of the owners of each, see the port."""
        query = (
            sa.select(M.client_id, U.username)
            .join(tables.end_user, sa.and_(U.tenant_id == M.tenant_id, U.user_id == M.user_id))
            .where(M.tenant_id == self._tenant, M.client_id.in_(client_ids), M.role == "owner")
            .order_by(M.since, M.user_id)
        )
        found: dict[str, list[str]] = {}
        async with self._work.reading() as session:
            for client_id, username in await session.execute(query):
                found.setdefault(client_id, []).append(username)
        return found

    async def save(self, member: ClientMember) -> None:
        """Insert or update."""
        member.tenant_id = self._tenant
        await self._work.save(member)

    async def remove(self, client_id: str, user_id: UUID) -> bool:
        """False if they did not manage it."""
        gone = sa.delete(tables.client_member).where(
            M.tenant_id == self._tenant, M.client_id == client_id, M.user_id == user_id
        )
        async with self._work.session() as session:
            return (await session.execute(gone.returning(M.user_id))).first() is not None
