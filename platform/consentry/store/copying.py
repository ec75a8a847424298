"""What a backup may ask of a store: every row there is, and every row put back."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol
from uuid import UUID

Values = Sequence[Any]
"""One row in plain JSON types, in the order of its table's columns."""


class Snapshot(Protocol):
    """The database as it was at one moment, whatever is written meanwhile."""

    def pages(self, table: str) -> AsyncGenerator[list[Values], None]:
        """Every row of a table, page by page in the order of the primary key."""


class Copying(Protocol):
    """All tables alike: secrets stay sealed, and no rule but the schema's is asked for."""

    @property
    def columns(self) -> Mapping[str, tuple[str, ...]]:
        """The columns of each table by its name, the table of tenants first."""

    def snapshot(self, tenant_id: UUID | None = None) -> AbstractAsyncContextManager[Snapshot]:
        """The rows of one tenant, or of all. Each of its methods raises Unavailable."""

    async def claim(self) -> None:
        """Nobody else writes anything until the transaction of `begin` ends."""

    async def take_time(self) -> None:
        """Nobody ends the transaction of `begin` because it rests between two statements."""

    async def clear(self, tenant_id: UUID | None = None) -> None:
        """Delete the rows of one tenant, or of all, and tell every process."""

    async def insert(self, table: str, rows: Sequence[Values]) -> None:
        """Add rows, at least one. Raises Duplicate."""
