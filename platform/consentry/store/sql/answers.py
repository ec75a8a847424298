"""Answers kept by idempotency key."""

from uuid import UUID

from consentry.records.idempotency import KeptAnswer
from consentry.store.sql.engine import Work


class SqlAnswers:
    """`answers.Answers` of one tenant."""

    def __init__(self, work: Work, tenant_id: UUID) -> None:
        self._work, self._tenant = work, tenant_id

    async def get(self, key: str) -> KeptAnswer | None:
        """By key."""
        async with self._work.reading() as session:
            return await session.get(KeptAnswer, (self._tenant, key))

    async def save(self, answer: KeptAnswer) -> None:
        """Insert or update."""
        answer.tenant_id = self._tenant
        await self._work.save(answer)
