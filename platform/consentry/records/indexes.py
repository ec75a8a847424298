"""Indexes of some rows of a table alone."""

import sqlalchemy as sa


def index_of(where: str, name: str, *columns: str) -> sa.Index:
    """An index that has only the rows for which a condition holds, on either database."""
    condition = sa.text(where)
    return sa.Index(name, *columns, postgresql_where=condition, sqlite_where=condition)
