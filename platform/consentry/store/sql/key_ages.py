"""Keys of all tenants, by how old they are."""

from datetime import datetime

import sqlalchemy as sa

from consentry.store.key_ages import AgedKey
from consentry.store.sql import tables
from consentry.store.sql.engine import Work

S, T = tables.signing_key.c, tables.tenant.c
OWN_LIFETIME = T.settings["signing_key_lifetime"].as_integer()


class SqlKeyAges:
    """`key_ages.KeyAges`."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def newest(
        self, before: datetime, *, after: tuple[datetime, str] | None = None, limit: int
    ) -> list[AgedKey]:
        """The oldest first, see the port."""
        query = (
            sa.select(S.tenant_id, S.kid, S.alg, S.active_at, OWN_LIFETIME)
            .join(tables.tenant, T.tenant_id == S.tenant_id)
            .where(
                S.retiring_at.is_(None),
                sa.or_(S.active_at < before, OWN_LIFETIME.is_not(None)),
                T.disabled_at.is_(None),
                T.delete_at.is_(None),
            )
            .order_by(S.active_at, S.kid)
            .limit(limit)
        )
        if after is not None:
            at, kid = after
            query = query.where(S.active_at >= at, sa.or_(S.active_at > at, S.kid > kid))
        async with self._work.reading() as session:
            return [AgedKey(*row) for row in await session.execute(query)]

    async def retire(self, before: datetime, now: datetime, *, limit: int) -> int:
        """Forget private halves, see the port."""
        over = (
            sa.select(S.tenant_id, S.kid)
            .where(S.retired_at.is_(None), S.retiring_at < before)
            .order_by(S.retiring_at)
            .limit(limit)
            .cte("over")
        )
        async with self._work.session() as session:
            gone = await session.execute(
                sa.update(tables.signing_key)
                .where(sa.tuple_(S.tenant_id, S.kid).in_(sa.select(*over.c)))
                .values(retired_at=now, sealed=b"")
                .returning(S.kid)
            )
            return len(gone.all())
