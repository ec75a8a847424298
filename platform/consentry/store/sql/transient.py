"""Nonces, throttles and refusals."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from consentry.records.transient import Refusal
from consentry.store.sql import tables
from consentry.store.sql.engine import Work
from consentry.store.sql.hot import Driver, Hot
from consentry.store.throttling import limit_ms, step_ms, unix_ms, wait_s

N, T, R = tables.nonce.c, tables.throttle.c, tables.refusal.c


def _of(column: sa.Column[object], name: str | None = None) -> sa.BindParameter[object]:
    return sa.bindparam(name or column.name, type_=column.type)


SPEND = Hot(
    postgresql.insert(tables.nonce)
    .values({column.name: _of(column) for column in N})
    .on_conflict_do_nothing()
    .returning(N.value)
)
STEP, NOW_MS, LIMIT = (_of(T.free_ms, name) for name in ("step", "now_ms", "limit"))
TAKE = Hot(
    postgresql.insert(tables.throttle)
    .values(tenant_id=_of(T.tenant_id), subject=_of(T.subject), free_ms=NOW_MS + STEP)
    .on_conflict_do_update(
        index_elements=[T.tenant_id, T.subject],
        set_={"free_ms": sa.case((T.free_ms < NOW_MS, NOW_MS), else_=T.free_ms) + STEP},
        where=T.free_ms <= LIMIT,
    )
    .returning(T.free_ms)
)
READ = Hot(sa.select(T.free_ms).where(T.tenant_id == _of(T.tenant_id), T.subject == _of(T.subject)))
GIVE_ONE_BACK = Hot(
    sa.update(tables.throttle)
    .where(T.tenant_id == _of(T.tenant_id), T.subject == _of(T.subject))
    .values(free_ms=T.free_ms - STEP)
    .returning(T.subject)
)
GIVE_BACK = Hot(
    sa.delete(tables.throttle)
    .where(T.tenant_id == _of(T.tenant_id), T.subject == _of(T.subject))
    .returning(T.subject)
)


class SqlNonces:
    """`ports.Nonces` of one tenant."""

    def __init__(self, driver: Driver, tenant_id: UUID) -> None:
        self._driver, self._tenant = driver, tenant_id

    async def spend(self, purpose: str, value: str, expires_at: datetime) -> bool:
        """True the first time, on every process and after every restart."""
        row = await self._driver.row(
            SPEND, tenant_id=self._tenant, purpose=purpose, value=value, expires_at=expires_at
        )
        return row is not None


class SqlThrottles:
    """`ports.Throttles` of one tenant: a row holds a subject's arrival time."""

    def __init__(self, driver: Driver, tenant_id: UUID) -> None:
        self._driver, self._tenant = driver, tenant_id

    async def take(self, subject: str, *, count: int, period_s: int, now: datetime) -> int:
        """Take one attempt. 0 if it may go on, else the seconds to wait."""
        now_ms, step = unix_ms(now), step_ms(count, period_s)
        limit = limit_ms(now_ms, count=count, period_s=period_s)
        taken = await self._driver.row(
            TAKE, tenant_id=self._tenant, subject=subject, step=step, now_ms=now_ms, limit=limit
        )
        if taken is not None:
            return 0
        seen = await self._driver.row(READ, tenant_id=self._tenant, subject=subject)
        return wait_s(0 if seen is None else seen[0] - limit)

    async def give_one_back(self, subject: str, *, count: int, period_s: int) -> None:
        """Undo one `take` of the same count and period: the attempt was a good one."""
        await self._driver.row(
            GIVE_ONE_BACK, tenant_id=self._tenant, subject=subject, step=step_ms(count, period_s)
        )

    async def give_back(self, subject: str) -> None:
        """Forget the attempts of a subject that proved itself."""
        await self._driver.row(GIVE_BACK, tenant_id=self._tenant, subject=subject)


async def forget_attempts(work: Work, later: datetime) -> int:
    """Of all tenants, see `ports.Store`."""
    ahead = sa.delete(tables.throttle).where(T.free_ms > unix_ms(later)).returning(T.subject)
    async with work.session() as session:
        return len((await session.execute(ahead)).all())


class SqlRefusals:
    """`ports.Refusals` of one tenant."""

    def __init__(self, work: Work, tenant_id: UUID) -> None:
        self._work, self._tenant = work, tenant_id

    async def add(self, refusals: Sequence[Refusal]) -> None:
        """Store recorded refusals."""
        async with self._work.session() as session:
            for refusal in refusals:
                refusal.tenant_id = self._tenant
                session.add(refusal)

    async def get(self, refusal_id: UUID) -> Refusal | None:
        """By id."""
        async with self._work.reading() as session:
            return await session.get(Refusal, (self._tenant, refusal_id))

    async def page(self, *, client_id: str | None = None, limit: int = 100) -> list[Refusal]:
        """Newest first."""
        query = sa.select(Refusal).where(R.tenant_id == self._tenant)
        if client_id is not None:
            query = query.where(R.client_id == client_id)
        async with self._work.reading() as session:
            found = await session.scalars(query.order_by(R.created_at.desc()).limit(limit))
            return list(found)
