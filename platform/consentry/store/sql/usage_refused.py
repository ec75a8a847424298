"""Which clients are refused most, and why mostly: one statement."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from consentry.records.usage import ALL, HOUR, MINUTE, OK
from consentry.store.sql import tables

U = tables.usage.c


def refused_most(tenant_id: UUID, since: datetime, limit: int) -> sa.Select[Any]:
    """Client, error and sum of each of them, see `usage.TenantUsage.refused`."""
    each = (
        sa.select(U.client_id, U.outcome, sa.func.sum(U.count).label("n"))
        .where(
            U.tenant_id == tenant_id,
            U.period.in_((MINUTE, HOUR)),
            U.at >= since,
            U.outcome != OK,
        )
        .group_by(U.client_id, U.outcome)
        .cte("each")
    ).c
    # The tenant's sum has in it what known clients were refused.
    rest = sa.func.sum(sa.case((each.client_id == ALL, each.n), else_=-each.n))
    named = sa.union_all(
        sa.select(each.client_id, each.outcome, each.n).where(each.client_id != ALL),
        sa.select(sa.literal(ALL), each.outcome, rest).group_by(each.outcome).having(rest > 0),
    ).subquery("named")
    client_id, error, n = named.c
    most_first = sa.func.row_number().over(partition_by=client_id, order_by=(n.desc(), error))
    total = sa.func.sum(n).over(partition_by=client_id)
    ranked = sa.select(client_id, error, total.label("total"), most_first.label("place"))
    found = ranked.subquery("ranked").c
    return (
        sa.select(found[0], found[1], found.total)
        .where(found.place == 1)
        .order_by(found.total.desc(), found[0])
        .limit(limit)
    )
