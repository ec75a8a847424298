"""Names as they are searched: by how they begin, whatever the case."""

from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Field

MAX_KEY: Final = 200


def name_key(name: object) -> str:
    """A name as it is searched; empty for what is no text."""
    return name.casefold()[:MAX_KEY] if isinstance(name, str) else ""


def searched_name() -> Any:
    """The column of such a key; a writer that does not know it leaves it empty."""
    return Field(default="", max_length=MAX_KEY, sa_column_kwargs={"server_default": sa.text("''")})


def by_bytes(column: str) -> dict[str, str]:
    """What makes PostgreSQL keep an index in the order of bytes, whatever its collation."""
    return {column: "varchar_pattern_ops"}
