"""Webhooks of a tenant."""

from uuid import UUID

import sqlalchemy as sa

from consentry.records.webhook import Webhook
from consentry.store.sql import tables
from consentry.store.sql.engine import Work

W = tables.webhook.c


class SqlWebhooks:
    """`webhooks.Webhooks` of one tenant."""

    def __init__(self, work: Work, tenant_id: UUID) -> None:
        self._work, self._tenant = work, tenant_id

    async def all(self) -> list[Webhook]:
        """The oldest first."""
        query = sa.select(Webhook).where(W.tenant_id == self._tenant)
        async with self._work.reading() as session:
            return list(await session.scalars(query.order_by(W.created_at, W.webhook_id)))

    async def get(self, webhook_id: UUID) -> Webhook | None:
        """By id."""
        async with self._work.reading() as session:
            return await session.get(Webhook, (self._tenant, webhook_id))

    async def save(self, row: Webhook) -> None:
        """Insert or update."""
        row.tenant_id = self._tenant
        await self._work.save(row, news_of=self._tenant)

    async def remove(self, webhook_id: UUID) -> bool:
        """Forget it, see the port."""
        which = sa.and_(W.tenant_id == self._tenant, W.webhook_id == webhook_id)
        async with self._work.session() as session:
            gone = sa.delete(tables.webhook).where(which).returning(W.webhook_id)
            found = (await session.execute(gone)).first()
            if found is not None:
                await self._work.changed(session, self._tenant)
            return found is not None
