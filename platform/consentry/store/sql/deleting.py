"""Deletes rows, a bounded number at once."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from consentry.store.sql.engine import Work

# Where a row lies (PostgreSQL, "System Columns"): found by one scan, it is deleted without
# being looked up again by its key, which was four fifths of the time.
PLACE: sa.ColumnElement[Any] = sa.literal_column("ctid")
# What a crash brings back is deleted once more, so a deletion need not wait for the disk, nor
# make the commits of requests wait for it (PostgreSQL, "Asynchronous Commit").
NEED_NOT_LAST = sa.text("SET LOCAL synchronous_commit = off")

Then = Callable[[AsyncSession, Sequence[Mapping[Any, Any]]], Awaitable[None]]
"""What else happens in the transaction in which rows go; it is given them whole."""


class Front:
    """Rows that shall go, those with the lowest `column` first.

    Deleted rows stay in their indexes until a VACUUM, and a search from the lowest value
    passes over all of them. So each batch begins where the one before ended: after millions
    the next costs what the first one did. What turns up behind it, or was locked as it
    passed, is left to the next front.
    """

    def __init__(
        self, which: sa.ColumnElement[bool], column: sa.Column[Any], then: Then | None = None
    ) -> None:
        self._which, self._column, self._then = which, column, then
        self._reached: Any = None

    async def take(self, work: Work, most: int) -> int:
        """Delete at most `most` rows; how many went."""
        gone = await delete_some(work, self._left(), self._column, most, self._then)
        self._reached = max(gone, default=self._reached)
        return len(gone)

    async def lowest(self, work: Work) -> Any:
        """The lowest `column` from here on, None if there is no such row."""
        async with work.reading() as session:
            return await session.scalar(sa.select(sa.func.min(self._column)).where(self._left()))

    def _left(self) -> sa.ColumnElement[bool]:
        if self._reached is None:
            return self._which
        return sa.and_(self._which, self._column >= self._reached)


async def delete_some(
    work: Work, which: sa.ColumnElement[bool], first: sa.Column[Any], most: int,
    then: Then | None = None,
) -> list[Any]:  # fmt: skip
    """Delete at most `most` rows of the table of `first`, in its order; the values that went.

    Two that delete at once share the work instead of waiting for one another. Not for use
    inside `begin`: on PostgreSQL a crash may bring rows back.
    """
    make = _by_key if work.is_sqlite else by_place
    rest = [] if then is None else [one for one in first.table.c if one is not first]
    async with work.session() as session:
        if not work.is_sqlite:
            await session.execute(NEED_NOT_LAST)
        gone = (await session.execute(make(which, first, most).returning(*rest))).mappings().all()
        if then is not None and gone:
            await then(session, gone)
        return [row[first] for row in gone]


def _by_key(which: sa.ColumnElement[bool], first: sa.Column[Any], most: int) -> Any:
    key = list(first.table.primary_key)
    doomed = sa.select(*key).where(which).order_by(first).limit(most)
    return sa.delete(first.table).where(sa.tuple_(*key).in_(doomed)).returning(first)


def by_place(which: sa.ColumnElement[bool], first: sa.Column[Any], most: int) -> Any:
    """The statement on PostgreSQL."""
    found = sa.select(PLACE).select_from(first.table).where(which).order_by(first).limit(most)
    # As a CTE it is evaluated once; a subquery may be run again and pass its limit. A row that
    # somebody changed meanwhile lies elsewhere and is left to the next batch.
    doomed = found.with_for_update(skip_locked=True).cte("doomed")
    places = sa.func.array(sa.select(doomed.c.ctid).scalar_subquery())
    return sa.delete(first.table).where(PLACE == sa.func.any(places)).returning(first)
