"""Values of other products' columns as we read them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from consentry.operations.imports.found import Row


def as_time(value: datetime | str) -> datetime:
    """A time, or its ISO 8601 text; without a zone it is UTC. Raises ValueError."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def words(row: Row, column: str) -> list[str]:
    """Text parted by spaces or lines; none if there is no such column."""
    return (row.get(column) or "").split()


def named(row: Row, names: Mapping[str, str]) -> dict[str, Any]:
    """The columns that hold something, under the names they have here."""
    return {name: row[column] for column, name in names.items() if row.get(column)}
