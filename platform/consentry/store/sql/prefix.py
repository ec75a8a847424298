"""Texts that begin alike, found on an index whatever the database's collation."""

from typing import Any

import sqlalchemy as sa

_LAST, _SURROGATES = 0x10FFFF, (0xD800, 0xE000)


def starts_with(column: sa.Column[Any], prefix: str, *, is_sqlite: bool) -> sa.ColumnElement[bool]:
    """Whether a text begins so, as two comparisons by bytes.

    PostgreSQL has operators of its own for that, which an index with `varchar_pattern_ops`
    serves; SQLite compares so anyway.
    """
    at_least, below = (">=", "<") if is_sqlite else ("~>=~", "~<~")
    begins = column.op(at_least, is_comparison=True)(prefix)
    end = _behind(prefix)
    return begins if end is None else sa.and_(begins, column.op(below, is_comparison=True)(end))


def _behind(prefix: str) -> str | None:
    """The first text behind all that begin so; None if there is none."""
    for length in range(len(prefix), 0, -1):
        code = ord(prefix[length - 1])
        if code < _LAST:
            following = code + 1
            if following == _SURROGATES[0]:
                following = _SURROGATES[1]
            return prefix[: length - 1] + chr(following)
    return None
