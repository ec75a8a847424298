"""Who was seen: a walk through all people, and the numbers it leaves."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from consentry.records.usage import ALL, DAY, OK, PEOPLE, PeopleOfDay
from consentry.store.sql import tables
from consentry.store.sql.engine import Work
from consentry.store.usage import Reached, Seen

A, L, P = tables.authorization.c, tables.login.c, tables.end_user.c
U: Final = tables.usage.c
_INSERT: Final = postgresql.insert(tables.usage)
# A row that is swept, or used again, can no longer tell of an earlier day.
KEEP: Final = _INSERT.on_conflict_do_update(
    index_elements=[U.tenant_id, U.period, U.at, U.client_id, U.what, U.outcome],
    set_={"count": _INSERT.excluded.count},
    where=U.count < _INSERT.excluded.count,
)


async def seen(
    work: Work, since: datetime, after: Reached | None, most: int
) -> tuple[list[Seen], Reached | None]:
    """What a bounded number of people did, see the port."""
    last = (
        sa.select(P.tenant_id, P.user_id)
        .where(_between(P, after, None))
        .order_by(P.tenant_id, P.user_id)
        .offset(most - 1)
        .limit(1)
    )
    async with work.reading() as session:
        row = (await session.execute(last)).first()
        reached = None if row is None else (row[0], row[1])
        found = [
            Seen(tenant_id, user_id, client_id, at)
            for query in _asked(since, after, reached)
            for tenant_id, user_id, client_id, *moments in await session.execute(query)
            for at in moments
            if at is not None and at >= since
        ]
    return found, reached


def _asked(
    since: datetime, after: Reached | None, reached: Reached | None
) -> tuple[sa.Select[Any], sa.Select[Any]]:
    """Sign-ins, and the first and the last use of authorizations."""
    nobodys = sa.literal(ALL)
    signed_in = sa.select(L.tenant_id, L.user_id, nobodys, L.created_at)
    given = sa.select(A.tenant_id, A.user_id, A.client_id, A.created_at, A.last_used_at)
    lately = sa.or_(A.created_at >= since, A.last_used_at >= since)
    return (
        signed_in.where(_between(L, after, reached), L.created_at >= since),
        given.where(_between(A, after, reached), lately, A.generation > 0),
    )


def _between(table: Any, after: Reached | None, reached: Reached | None) -> sa.ColumnElement[bool]:
    """Whether a row is of somebody behind `after`, and not behind `reached`."""
    who, found = sa.tuple_(table.tenant_id, table.user_id), [sa.true()]
    if after is not None:
        found.append(who > _literal(after))
    if reached is not None:
        found.append(who <= _literal(reached))
    return sa.and_(*found)


def _literal(person: tuple[UUID, UUID]) -> Any:
    return sa.tuple_(*(sa.literal(one, P.user_id.type) for one in person))


async def keep_people(work: Work, counted: Sequence[PeopleOfDay]) -> None:
    """Keep how many were seen, see the port."""
    if not counted:
        return
    alike = {"period": DAY, "what": PEOPLE, "outcome": OK, **_NO_TIMES}
    rows = [
        {"tenant_id": one.tenant_id, "at": one.at, "client_id": one.client_id, "count": one.people}
        | alike
        for one in sorted(counted)
    ]
    async with work.session() as session:
        await session.execute(KEEP, rows)


_NO_TIMES: Final = {
    column.name: 0 for column in tables.usage.columns if column.name.startswith("ms_")
}
