"""Hosts that a tenant claims."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from consentry.records.tenant import DomainClaim
from consentry.store.sql import tables
from consentry.store.sql.engine import Work

C = tables.domain_claim.c


class SqlClaims:
    """`claims.Claims` of one tenant."""

    def __init__(self, work: Work, tenant_id: UUID) -> None:
        self._work, self._tenant = work, tenant_id

    async def all(self, now: datetime) -> list[DomainClaim]:
        """By host."""
        query = sa.select(DomainClaim).where(C.tenant_id == self._tenant, C.expires_at > now)
        async with self._work.reading() as session:
            return list(await session.scalars(query.order_by(C.host)))

    async def save(self, claim: DomainClaim) -> None:
        """Insert or update."""
        claim.tenant_id = self._tenant
        await self._work.save(claim)

    async def remove(self, host: str) -> None:
        """Forget it."""
        which = sa.delete(tables.domain_claim).where(C.tenant_id == self._tenant, C.host == host)
        async with self._work.session() as session:
            await session.execute(which)
