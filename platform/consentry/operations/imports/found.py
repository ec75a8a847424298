"""What a shape found in another product's tables, and what it reads them by."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from consentry.compat.provider.scope import DEFAULT, Scopes

Row = Mapping[str, Any]
Kind = Literal["access", "refresh", "oauth1"]
Role = Literal["clients", "tokens", "refresh_tokens", "users"]


class Source(Protocol):
    """Another product's tables."""

    async def columns(self, table: str) -> frozenset[str]:
        """The columns of a table, none if there is no such table."""

    def pages(self, table: str) -> AsyncIterator[list[Row]]:
        """Every row, page by page."""

    async def matching(self, table: str, column: str, values: Sequence[object]) -> list[Row]:
        """The rows whose column has one of these values."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the tables cannot say.

    tables: names by role, where they are not the usual ones. scopes: of integer scopes.
    scope: for clients of a product that knows none. auth_method: of clients with a secret.
    """

    tables: Mapping[Role, str] = field(default_factory=dict)
    scopes: Scopes = DEFAULT
    scope: str = ""
    auth_method: str = "client_secret_basic"
    username_column: str = "username"
    create_users: bool = False


@dataclass(frozen=True, slots=True)
class FoundClient:
    """reference: what tokens name it by there. metadata: by the names registered here."""

    reference: str
    client_id: str
    client_secret: str | None = field(repr=False)
    metadata: dict[str, Any]


@dataclass(frozen=True, slots=True)
class FoundToken:
    """One token. expires_at: None if it never ends there. secret: of OAuth 1."""

    kind: Kind
    text: str = field(repr=False)
    expires_at: datetime | None = None
    is_revoked: bool = False
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class FoundTokens:
    """Tokens that were issued together.

    client: its reference. user: what names the person there, None for the client itself.
    scope: names parted by spaces, None for all that the client has.
    """

    client: str
    user: object | None
    scope: str | None
    issued_at: datetime | None
    tokens: tuple[FoundToken, ...]


class Shape(Protocol):
    """One product's tables."""

    @property
    def protocol(self) -> Literal["oauth1", "oauth2"]:
        """What its clients speak."""

    @property
    def tables(self) -> Mapping[Role, tuple[str, ...]]:
        """Usual names by role, tried in this order."""

    def client(self, row: Row, options: Options) -> FoundClient:
        """A row of the client table. Raises KeyError, TypeError or ValueError for a foreign one."""

    def tokens(
        self, source: Source, tables: Mapping[Role, str], options: Options
    ) -> AsyncIterator[list[FoundTokens]]:
        """Page by page; raises the same."""
