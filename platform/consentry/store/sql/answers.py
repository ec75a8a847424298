"""Answers kept by idempotency key."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from consentry.records.idempotency import KeptAnswer
from consentry.store.sql import tables
from consentry.store.sql.engine import Work

K = tables.kept_answer.c


class SqlAnswers:
    """`answers.Answers` of one tenant."""

    def __init__(self, work: Work, tenant_id: UUID) -> None:
        self._work, self._tenant = work, tenant_id

    async def claim(self, answer: KeptAnswer) -> KeptAnswer | None:
        """Take a key, see the port."""
        given = {**answer.model_dump(), "tenant_id": self._tenant}
        insert = postgresql.insert(tables.kept_answer).values(given)
        async with self._work.session() as session:
            taken = await session.execute(insert.on_conflict_do_nothing().returning(K.key))
            if taken.first() is not None:
                return None
            return await session.get(KeptAnswer, (self._tenant, answer.key))

    async def fill(self, key: str, sealed: bytes, expires_at: datetime) -> None:
        """Keep the answer under a key that was claimed."""
        async with self._work.session() as session:
            await session.execute(
                sa.update(tables.kept_answer)
                .where(K.tenant_id == self._tenant, K.key == key)
                .values(sealed=sealed, expires_at=expires_at)
            )
