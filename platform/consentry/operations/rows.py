"""Changed copies of stored rows."""

from typing import Any, TypeVar

from sqlmodel import SQLModel

Row = TypeVar("Row", bound=SQLModel)


def with_changes(row: Row, **changes: Any) -> Row:
    """A row of its own, equal but for the changes: the one read may belong to a session."""
    return type(row)(**(row.model_dump() | changes))
