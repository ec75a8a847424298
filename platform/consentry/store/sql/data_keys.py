"""Data keys by their age, and what is still sealed under the old ones."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from consentry.crypto.ring import VERSION_BYTES
from consentry.store.data_keys import AgedDataKey, SealedValue
from consentry.store.sql import tables
from consentry.store.sql.engine import Work

K, T, A = tables.tenant_key.c, tables.tenant.c, tables.authorization.c
OWN_LIFETIME = T.settings["data_key_lifetime"].as_integer()
# The base host has keys and no row among the tenants.
COUNTS: Final = sa.and_(T.disabled_at.is_(None), T.delete_at.is_(None))
OWNED: Final = tables.tenant_key.outerjoin(tables.tenant, T.tenant_id == K.tenant_id)
NEWER: Final = tables.tenant_key.alias("newer")
# Authorizations looked through by one statement.
STRETCH: Final = 10_000


class SqlDataKeyAges:
    """`data_keys.DataKeyAges`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def newest(
        self, before: datetime, *, after: tuple[datetime, UUID] | None = None, limit: int
    ) -> list[AgedDataKey]:
        """The oldest first, see the port."""
        followed = (
            sa.select(NEWER.c.version)
            .where(
                NEWER.c.tenant_id == K.tenant_id,
                NEWER.c.purpose == K.purpose,
                NEWER.c.version > K.version,
            )
            .exists()
        )
        query = (
            sa.select(K.tenant_id, K.version, K.created_at, OWN_LIFETIME)
            .select_from(OWNED)
            .where(
                K.purpose == "data",
                sa.or_(K.created_at < before, OWN_LIFETIME.is_not(None)),
                COUNTS,
                sa.not_(followed),
            )
            .order_by(K.created_at, K.tenant_id)
            .limit(limit)
        )
        if after is not None:
            at, tenant_id = after
            query = query.where(
                K.created_at >= at, sa.or_(K.created_at > at, K.tenant_id > tenant_id)
            )
        async with self._work.reading() as session:
            return [AgedDataKey(*row) for row in await session.execute(query)]

    async def waiting(self, before: datetime, *, limit: int) -> list[tuple[UUID, int]]:
        """Keys that seal nothing yet, see the port."""
        which = sa.and_(K.purpose == "data", K.active_at.is_(None), K.created_at < before)
        return await self._some(which, K.created_at, limit)

    async def to_review(self, now: datetime, *, limit: int) -> list[tuple[UUID, int]]:
        """Old keys to be looked at, see the port."""
        return await self._some(K.review_at <= now, K.review_at, limit)

    async def _some(
        self, which: sa.ColumnElement[bool], first: sa.Column[Any], limit: int
    ) -> list[tuple[UUID, int]]:
        query = sa.select(K.tenant_id, K.version).select_from(OWNED).where(which, COUNTS)
        async with self._work.reading() as session:
            found = await session.execute(query.order_by(first).limit(limit))
            return [(row[0], row[1]) for row in found]


class SqlSealed:
    """`data_keys.Sealed` of one tenant."""

    def __init__(self, work: Work, tenant_id: UUID) -> None:
        self._work, self._tenant = work, tenant_id

    async def under(
        self, column: str, version: int, *, after: SealedValue | None = None, limit: int
    ) -> list[SealedValue]:
        """Values under one version, see the port."""
        kept, places = _named(column)
        begins = sa.func.substr(kept, 1, VERSION_BYTES, type_=kept.type)
        query = (
            sa.select(kept, *places)
            .where(
                kept.table.c.tenant_id == self._tenant,
                begins == version.to_bytes(VERSION_BYTES, "big"),
            )
            .order_by(*places)
            .limit(limit)
        )
        if after is not None:
            query = query.where(sa.tuple_(*places) > _place(places, after))
        async with self._work.reading() as session:
            return [SealedValue(tuple(row[1:]), row[0]) for row in await session.execute(query)]

    async def replace(self, column: str, value: SealedValue, sealed: bytes) -> bool:
        """Put another in its place, see the port."""
        kept, places = _named(column)
        async with self._work.session() as session:
            done = await session.execute(
                sa.update(kept.table)
                .where(
                    kept.table.c.tenant_id == self._tenant,
                    *(one == part for one, part in zip(places, value.place, strict=True)),
                    kept == value.sealed,
                )
                .values({kept: sealed})
                .returning(places[0])
            )
            return done.first() is not None

    async def has_tokens_from_before(
        self, moment: datetime, now: datetime, *, stretch: int = STRETCH
    ) -> bool:
        """Stretch by stretch, so that no statement is long, see the port."""
        own, reached = A.tenant_id == self._tenant, sa.true()
        is_old = sa.and_(
            A.expires_at > now,
            A.revoked_at.is_(None),
            sa.func.coalesce(A.rotated_at, A.created_at) < moment,
        )
        ids = sa.select(A.id).order_by(A.id).limit(1)
        while True:
            async with self._work.reading() as session:
                end = await session.scalar(ids.where(own, reached).offset(stretch))
                here = sa.and_(own, reached, sa.true() if end is None else A.id < end)
                if await session.scalar(sa.select(A.id).where(here, is_old).limit(1)) is not None:
                    return True
            if end is None:
                return False
            reached = A.id >= end


def _named(column: str) -> tuple[sa.Column[Any], list[sa.Column[Any]]]:
    table, _, name = column.partition(".")
    found = tables.metadata.tables[table]
    return found.c[name], [one for one in found.primary_key if one.name != "tenant_id"]


def _place(columns: list[sa.Column[Any]], value: SealedValue) -> sa.Tuple:
    parts = zip(columns, value.place, strict=True)
    return sa.tuple_(*(sa.literal(part, one.type) for one, part in parts))
