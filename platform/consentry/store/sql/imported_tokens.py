"""Tokens that came from another product, found by their digest."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import SQLModel

from consentry.records.authorization import AuthorizationRow
from consentry.records.imported_token import ImportedToken
from consentry.store.sql import tables
from consentry.store.sql.engine import Work
from consentry.store.sql.hot import Driver, Hot

I = tables.imported_token.c  # noqa: E741
FOUND = Hot(
    sa.select(*I).where(
        I.tenant_id == sa.bindparam("tenant_id", type_=I.tenant_id.type),
        I.digest == sa.bindparam("digest", type_=I.digest.type),
        I.kind == sa.bindparam("kind", type_=I.kind.type),
    )
)


class SqlImportedTokens:
    """`ports.ImportedTokens` of one tenant."""

    def __init__(self, driver: Driver, work: Work, tenant_id: UUID) -> None:
        self._driver, self._work, self._tenant = driver, work, tenant_id

    async def get(self, digest: str, kind: str) -> ImportedToken | None:
        """The token of this digest, if it is of this kind."""
        row = await self._driver.row(FOUND, tenant_id=self._tenant, digest=digest, kind=kind)
        if row is None:
            return None
        return ImportedToken(**{column.name: row[place] for place, column in enumerate(I)})

    async def any(self) -> bool:
        """Whether the tenant has imported tokens."""
        async with self._work.reading() as session:
            found = await session.execute(
                sa.select(I.digest).where(I.tenant_id == self._tenant).limit(1)
            )
            return found.first() is not None

    async def known(self, digests: Sequence[str]) -> set[str]:
        """Which of these are there."""
        async with self._work.reading() as session:
            found = await session.scalars(
                sa.select(I.digest).where(I.tenant_id == self._tenant, I.digest.in_(digests))
            )
            return set(found)

    async def add(
        self, authorizations: Sequence[AuthorizationRow], tokens: Sequence[ImportedToken]
    ) -> None:
        """Store tokens with the authorizations behind them, all or none."""
        async with self._work.session() as session:
            for table, rows in (
                (tables.authorization, authorizations),
                (tables.imported_token, tokens),
            ):
                if rows:
                    await session.execute(sa.insert(table), [self._values(one) for one in rows])
            await self._work.changed(session, self._tenant)

    def _values(self, row: SQLModel) -> dict[str, object]:
        return {**row.model_dump(), "tenant_id": self._tenant}
