"""Which clients were given most tokens, which are refused most, and why mostly: one statement."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from consentry.records.usage import ALL, HOUR, MINUTE, OK, TOKENS
from consentry.store.sql import tables

U = tables.usage.c


def leading(tenant_id: UUID, since: datetime, limit: int) -> sa.Select[Any]:
    """Client, outcome and count: `ok` of those given most, else of those refused most.

    One pass over what was counted, which is most of the work. See `usage.TenantUsage.leading`.
    """
    each = (
        sa.select(U.client_id, U.outcome, sa.func.sum(U.count).label("n"))
        .where(
            U.tenant_id == tenant_id,
            U.period.in_((MINUTE, HOUR)),
            U.at >= since,
            sa.or_(U.outcome != OK, U.what.in_(TOKENS)),
        )
        .group_by(U.client_id, U.outcome)
        .cte("each")
    ).c
    given = sa.select(each.client_id, each.outcome, each.n)
    given = given.where(each.client_id != ALL, each.outcome == OK)
    first = given.order_by(each.n.desc(), each.client_id).limit(limit).subquery("given")
    last = _refused(each).limit(limit).subquery("refused")
    both = sa.union_all(sa.select(first), sa.select(last)).subquery("both").c
    return sa.select(*both).order_by(both.n.desc(), both.client_id)


def _refused(each: Any) -> sa.Select[Any]:
    # The tenant's sum has in it what known clients were refused.
    rest = sa.func.sum(sa.case((each.client_id == ALL, each.n), else_=-each.n))
    is_refused = each.outcome != OK
    named = sa.union_all(
        sa.select(each.client_id, each.outcome, each.n).where(each.client_id != ALL, is_refused),
        sa.select(sa.literal(ALL), each.outcome, rest)
        .where(is_refused)
        .group_by(each.outcome)
        .having(rest > 0),
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
    )
