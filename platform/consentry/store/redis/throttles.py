"""Attempts counted in Redis, and in the database while Redis is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from uuid import UUID

from consentry import metrics
from consentry.redis_pool import ANSWER_S
from consentry.store.ports import Throttles
from consentry.store.redis.link import Link
from consentry.store.redis.scripts import GIVE_BACK, GIVE_ONE_BACK, TAKE
from consentry.store.throttling import ThrottlesOf, limit_ms, step_ms, unix_ms, wait_s


class RedisThrottles:
    """`ports.Throttles` of one tenant.

    Redis and database each keep a count of their own. So who is refused by one may use up the
    other's when Redis goes: at most one more burst, never none.
    """

    def __init__(self, link: Link, tenant_id: UUID, database: Throttles) -> None:
        self._link, self._database = link, database
        self._prefix = f"consentry:{tenant_id}:throttle:"

    async def take(self, subject: str, *, count: int, period_s: int, now: datetime) -> int:
        """Take one attempt. 0 if it may go on, else the seconds to wait."""
        now_ms, step = unix_ms(now), step_ms(count, period_s)
        limit = limit_ms(now_ms, count=count, period_s=period_s)
        ahead = await self._link.run(TAKE, self._prefix + subject, now_ms, step, limit)
        if ahead is None:
            return await self._database.take(subject, count=count, period_s=period_s, now=now)
        return wait_s(ahead) if ahead else 0

    async def give_one_back(self, subject: str, *, count: int, period_s: int) -> None:
        """Undo one `take` of the same count and period: the attempt was a good one."""
        step = step_ms(count, period_s)
        if await self._link.run(GIVE_ONE_BACK, self._prefix + subject, step) is None:
            await self._database.give_one_back(subject, count=count, period_s=period_s)

    async def give_back(self, subject: str) -> None:
        """Forget the attempts of a subject that proved itself."""
        if await self._link.run(GIVE_BACK, self._prefix + subject) is None:
            await self._database.give_back(subject)


@asynccontextmanager
async def redis_throttles(url: str, *, answer_s: float = ANSWER_S) -> AsyncIterator[ThrottlesOf]:
    """Throttles on the Redis at `url`, which is watched while inside; it need not be there.

    answer_s: how long an answer may take before Redis counts as away.
    """
    link = Link(url, answer_s)
    metrics.watch_redis(lambda: link.is_up)
    watch = asyncio.create_task(link.watch())
    try:
        yield partial(RedisThrottles, link)
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
        await link.aclose()
