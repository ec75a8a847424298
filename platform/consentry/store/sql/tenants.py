"""Tenants and what is configured for them."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from consentry.records.search import name_key
from consentry.records.tenant import Api, Domain, ScopeRow, Tenant
from consentry.store.sql import tables
from consentry.store.sql.engine import Work
from consentry.store.sql.sweep import empty

CHANGES_AT_ONCE = 1000
T, D, S, P = tables.tenant.c, tables.domain.c, tables.scope.c, tables.api.c


class SqlTenants:
    """`ports.Tenants`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def by_slug(self, slug: str) -> Tenant | None:
        """By slug."""
        return await self._one(sa.select(Tenant).where(T.slug == slug))

    async def by_domain(self, host: str) -> Tenant | None:
        """By one of its custom hosts."""
        return await self._one(
            sa.select(Tenant).join(Domain, D.tenant_id == T.tenant_id).where(D.host == host)
        )

    async def get(self, tenant_id: UUID) -> Tenant | None:
        """By id."""
        return await self._one(sa.select(Tenant).where(T.tenant_id == tenant_id))

    async def claim(self, slug: str) -> Tenant | None:
        """By slug, its row locked until the transaction of `begin` ends."""
        # SQLite knows no row locks: there the whole file is ours since the transaction began.
        query = sa.select(Tenant).where(T.slug == slug).with_for_update(key_share=True)
        async with self._work.session() as session:
            found = await session.scalars(query.execution_options(populate_existing=True))
            return found.first()

    async def _one(self, query: sa.Select[Tenant]) -> Tenant | None:
        async with self._work.reading() as session:
            return (await session.scalars(query)).first()

    async def page(self, *, after: str = "", limit: int = 100) -> list[Tenant]:
        """By slug, those behind `after`."""
        async with self._work.reading() as session:
            found = await session.scalars(
                sa.select(Tenant).where(T.slug > after).order_by(T.slug).limit(limit)
            )
            return list(found)

    async def save(self, tenant: Tenant) -> None:
        """Insert or update. Raises Duplicate when the slug is taken."""
        tenant.name_key = name_key(tenant.name)
        await self._work.save(tenant, news_of=tenant.tenant_id)

    async def due(self, now: datetime) -> Tenant | None:
        """The one whose `delete_at` came first, if it has come."""
        return await self._one(
            sa.select(Tenant).where(T.delete_at <= now).order_by(T.delete_at).limit(1)
        )

    async def empty(self, tenant_id: UUID, *, batch: int) -> bool:
        """Delete at most `batch` rows of each table that grows; whether there may be more."""
        return await empty(self._work, tenant_id, batch=batch)

    async def delete(self, tenant_id: UUID) -> None:
        """Remove the tenant and every row that carries its id."""
        async with self._work.session() as session:
            await self._work.gone(session, tenant_id)
            for table in tables.metadata.tables.values():
                await session.execute(sa.delete(table).where(table.c.tenant_id == tenant_id))

    async def changed_since(self, at: datetime) -> list[tuple[UUID, datetime]]:
        """Tenants whose configuration changed at or after `at`, oldest first."""
        async with self._work.reading() as session:
            found = await session.execute(
                sa.select(T.tenant_id, T.changed_at)
                .where(T.changed_at >= at)
                .order_by(T.changed_at)
                .limit(CHANGES_AT_ONCE)
            )
            return [(tenant_id, changed_at) for tenant_id, changed_at in found]


class SqlConfiguration:
    """`ports.Configuration` of one tenant."""

    def __init__(self, work: Work, tenant_id: UUID) -> None:
        self._work, self._tenant = work, tenant_id

    async def domains(self) -> list[Domain]:
        """Its custom hosts."""
        async with self._work.reading() as session:
            found = await session.scalars(
                sa.select(Domain).where(D.tenant_id == self._tenant).order_by(D.host)
            )
            return list(found)

    async def add_domain(self, host: str, at: datetime) -> None:
        """Raises Duplicate when another tenant has it."""
        row = Domain(tenant_id=self._tenant, host=host, created_at=at)
        await self._work.save(row, news_of=self._tenant)

    async def remove_domain(self, host: str) -> None:
        """Forget a custom host."""
        await self._remove(tables.domain, D.host == host)

    async def scopes(self) -> list[ScopeRow]:
        """Declared scopes by name."""
        async with self._work.reading() as session:
            found = await session.scalars(
                sa.select(ScopeRow).where(S.tenant_id == self._tenant).order_by(S.name)
            )
            return list(found)

    async def save_scope(self, name: str, description: str) -> None:
        """Declare a scope or change its text."""
        row = ScopeRow(tenant_id=self._tenant, name=name, description=description)
        await self._work.save(row, news_of=self._tenant)

    async def remove_scope(self, name: str) -> None:
        """Undeclare a scope."""
        await self._remove(tables.scope, S.name == name)

    async def apis(self) -> list[Api]:
        """Declared APIs by identifier."""
        async with self._work.reading() as session:
            found = await session.scalars(
                sa.select(Api).where(P.tenant_id == self._tenant).order_by(P.identifier)
            )
            return list(found)

    async def save_api(self, api: Api) -> None:
        """Declare an API or change it."""
        api.tenant_id = self._tenant
        await self._work.save(api, news_of=self._tenant)

    async def remove_api(self, identifier: str) -> None:
        """Undeclare an API."""
        await self._remove(tables.api, P.identifier == identifier)

    async def _remove(self, table: sa.Table, which: sa.ColumnElement[bool]) -> None:
        async with self._work.session() as session:
            await session.execute(sa.delete(table).where(table.c.tenant_id == self._tenant, which))
            await self._work.changed(session, self._tenant)
