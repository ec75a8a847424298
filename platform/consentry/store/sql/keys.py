"""Wrapped tenant keys and signing keys."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from consentry.records.key import SigningKey, TenantKey
from consentry.store.ports import Duplicate
from consentry.store.sql import tables
from consentry.store.sql.engine import Work

K, S = tables.tenant_key.c, tables.signing_key.c


class SqlKeys:
    """`ports.Keys` of one tenant."""

    def __init__(self, work: Work, tenant_id: UUID) -> None:
        self._work, self._tenant = work, tenant_id

    async def tenant_keys(self) -> list[TenantKey]:
        """All wrapped keys, newest version first."""
        async with self._work.reading() as session:
            found = await session.scalars(
                sa.select(TenantKey).where(K.tenant_id == self._tenant).order_by(K.version.desc())
            )
            return list(found)

    async def add_tenant_key(self, key: TenantKey) -> None:
        """Store a wrapped key. Raises Duplicate if the version is there."""
        key.tenant_id = self._tenant
        async with self._work.session() as session:
            session.add(key)
            await session.flush()
            await self._work.changed(session, self._tenant)

    async def rewrap(self, key: TenantKey, wrapped: bytes) -> None:
        """The same key under another root key; nothing that was read changes."""
        async with self._work.session() as session:
            await session.execute(
                sa.update(tables.tenant_key)
                .where(
                    K.tenant_id == self._tenant,
                    K.purpose == key.purpose,
                    K.version == key.version,
                    K.wrapped == key.wrapped,
                )
                .values(wrapped=wrapped)
            )

    async def let_seal(self, version: int, now: datetime, *, review_at: datetime) -> bool:
        """A published data key seals from now on, see the port."""
        async with self._work.session() as session:
            begun = await session.execute(
                sa.update(tables.tenant_key)
                .where(self._data(), K.version == version, K.active_at.is_(None))
                .values(active_at=now)
                .returning(K.version)
            )
            if begun.first() is None:
                return False
            await session.execute(
                sa.update(tables.tenant_key)
                .where(self._data(), K.version < version, K.review_at.is_(None))
                .values(review_at=review_at)
            )
            await self._work.changed(session, self._tenant)
        return True

    async def review_later(self, version: int, review_at: datetime) -> None:
        """Look at a data key again then; nothing that was read changes."""
        async with self._work.session() as session:
            await session.execute(
                sa.update(tables.tenant_key)
                .where(self._data(), K.version == version)
                .values(review_at=review_at)
            )

    async def drop_data_key(self, version: int) -> bool:
        """Forget a data key, see the port."""
        async with self._work.session() as session:
            gone = await session.execute(
                sa.delete(tables.tenant_key)
                .where(self._data(), K.version == version)
                .returning(K.version)
            )
            if gone.first() is None:
                return False
            await self._work.changed(session, self._tenant)
        return True

    def _data(self) -> sa.ColumnElement[bool]:
        return sa.and_(K.tenant_id == self._tenant, K.purpose == "data")

    async def signing_keys(self) -> list[SigningKey]:
        """All signing keys, newest slot first."""
        async with self._work.reading() as session:
            found = await session.scalars(
                sa.select(SigningKey)
                .where(S.tenant_id == self._tenant)
                .order_by(S.alg, S.slot.desc())
            )
            return list(found)

    async def add_signing_key(self, key: SigningKey) -> bool:
        """False if that algorithm's slot was taken meanwhile: read again."""
        key.tenant_id = self._tenant
        try:
            async with self._work.session() as session:
                session.add(key)
                await session.flush()
                await self._work.changed(session, self._tenant)
        except Duplicate:
            return False
        return True

    async def retire_signing_keys(self, alg: str, *, except_kid: str, at: datetime) -> None:
        """Other keys of the algorithm stop signing at `at`."""
        async with self._work.session() as session:
            await session.execute(
                sa.update(tables.signing_key)
                .where(
                    S.tenant_id == self._tenant,
                    S.alg == alg,
                    S.kid != except_kid,
                    # The times of what is over say how it ended.
                    S.retired_at.is_(None),
                    # One that was to sign for longer, for a rotation planned ahead, does not.
                    sa.or_(S.retiring_at.is_(None), S.retiring_at > at),
                )
                .values(retiring_at=at)
            )
            await self._work.changed(session, self._tenant)

    async def revoke_signing_key(self, kid: str, *, at: datetime) -> None:
        """It stops signing and is retired in one moment; its private half is forgotten."""
        async with self._work.session() as session:
            await session.execute(
                sa.update(tables.signing_key)
                .where(S.tenant_id == self._tenant, S.kid == kid)
                .values(retiring_at=at, retired_at=at, sealed=b"")
            )
            await self._work.changed(session, self._tenant)
