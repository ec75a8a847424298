"""Registered clients and their secrets."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from consentry.records.client import ClientRow, ClientSecret, ClientUse
from consentry.records.search import name_key
from consentry.store.ports import StoredClient
from consentry.store.sql import tables
from consentry.store.sql.engine import Work

C, S, U = tables.client.c, tables.client_secret.c, tables.client_use.c
OWNED = (
    tables.client_secret,
    tables.client_use,
    tables.client_member,
    tables.consent,
    tables.authorization,
    tables.imported_token,
    tables.client,
)


class SqlClients:
    """`ports.Clients` of one tenant."""

    def __init__(self, work: Work, tenant_id: UUID) -> None:
        self._work, self._tenant = work, tenant_id

    async def get(self, client_id: str) -> StoredClient | None:
        """By id."""
        async with self._work.reading() as session:
            found = await self._with_secrets(session, C.client_id == client_id, 1)
            return found[0] if found else None

    async def page(self, *, after: str = "", limit: int = 100) -> list[StoredClient]:
        """By id, those behind `after`."""
        async with self._work.reading() as session:
            return await self._with_secrets(session, C.client_id > after, limit)

    async def _with_secrets(
        self, session: AsyncSession, which: sa.ColumnElement[bool], limit: int
    ) -> list[StoredClient]:
        rows = list(
            await session.scalars(
                sa.select(ClientRow)
                .where(C.tenant_id == self._tenant, which)
                .order_by(C.client_id)
                .limit(limit)
            )
        )
        secrets: dict[str, list[ClientSecret]] = {row.client_id: [] for row in rows}
        found = await session.scalars(
            sa.select(ClientSecret)
            .where(S.tenant_id == self._tenant, S.client_id.in_(secrets))
            .order_by(S.created_at.desc(), S.secret_id)
        )
        for secret in found:
            secrets[secret.client_id].append(secret)
        return [StoredClient(row, tuple(secrets[row.client_id])) for row in rows]

    async def save(self, row: ClientRow) -> None:
        """Insert or update."""
        row.tenant_id = self._tenant
        row.name_key = name_key(row.metadata_.get("client_name"))
        await self._work.save(row, news_of=self._tenant)

    async def delete(self, client_id: str) -> bool:
        """Remove it with all that is its own. False if unknown."""
        async with self._work.session() as session:
            for table in OWNED:
                gone = await session.execute(
                    sa.delete(table)
                    .where(table.c.tenant_id == self._tenant, table.c.client_id == client_id)
                    .returning(table.c.client_id)
                )
            await self._work.changed(session, self._tenant)
            return gone.first() is not None

    async def add_secret(self, secret: ClientSecret) -> None:
        """One more live secret."""
        secret.tenant_id = self._tenant
        async with self._work.session() as session:
            session.add(secret)
            await session.flush()
            await self._work.changed(session, self._tenant)

    async def end_secrets(self, client_id: str, *, except_id: UUID, at: datetime) -> None:
        """Every other secret of the client expires at `at` or earlier."""
        async with self._work.session() as session:
            await session.execute(
                sa.update(tables.client_secret)
                .where(
                    S.tenant_id == self._tenant,
                    S.client_id == client_id,
                    S.secret_id != except_id,
                    sa.or_(S.expires_at.is_(None), S.expires_at > at),
                )
                .values(expires_at=at)
            )
            await self._work.changed(session, self._tenant)

    async def remove_secret(self, client_id: str, secret_id: UUID) -> None:
        """Forget one secret altogether."""
        async with self._work.session() as session:
            await session.execute(
                sa.delete(tables.client_secret).where(
                    S.tenant_id == self._tenant,
                    S.client_id == client_id,
                    S.secret_id == secret_id,
                )
            )
            await self._work.changed(session, self._tenant)

    async def secrets_used(self, used: Sequence[tuple[str, UUID, datetime]]) -> None:
        """Note (client_id, secret_id, time) of last uses; a missing one is ignored."""
        async with self._work.session() as session:
            # In one order, so that two processes that note the same do not lock each other out.
            for client_id, secret_id, at in sorted(used):
                await session.execute(
                    sa.update(tables.client_secret)
                    .where(
                        S.tenant_id == self._tenant,
                        S.client_id == client_id,
                        S.secret_id == secret_id,
                    )
                    .values(last_used_at=at)
                )

    async def used(self, uses: Sequence[ClientUse]) -> None:
        """Note when clients last proved themselves; the later time stays."""
        async with self._work.session() as session:
            for use in sorted(uses, key=lambda one: (one.client_id, one.protocol)):
                # One that was deleted meanwhile leaves nothing behind.
                insert = postgresql.insert(tables.client_use).from_select(
                    [U.tenant_id, U.client_id, U.protocol, U.last_used_at],
                    sa.select(
                        C.tenant_id,
                        C.client_id,
                        sa.literal(use.protocol, U.protocol.type),
                        sa.literal(use.last_used_at, U.last_used_at.type),
                    ).where(C.tenant_id == self._tenant, C.client_id == use.client_id),
                )
                await session.execute(
                    insert.on_conflict_do_update(
                        index_elements=[U.tenant_id, U.client_id, U.protocol],
                        set_={"last_used_at": insert.excluded.last_used_at},
                        where=U.last_used_at < insert.excluded.last_used_at,
                    )
                )

    async def uses(self, protocol: str) -> list[ClientUse]:
        """The clients that ever proved themselves by a protocol, the last one first."""
        async with self._work.reading() as session:
            found = await session.scalars(
                sa.select(ClientUse)
                .where(U.tenant_id == self._tenant, U.protocol == protocol)
                .order_by(U.last_used_at.desc(), U.client_id)
            )
            return list(found)
