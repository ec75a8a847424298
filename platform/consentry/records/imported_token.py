"""Tokens that another product issued and that still count here."""

from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

SECRET_PURPOSE: Final = "imported-token-secret"  # noqa: S105
FIRST_GENERATION: Final = 1
"""The one an imported refresh token has: its successor is the first that is ours."""


class ImportedToken(SQLModel, table=True):
    """One token of a product whose data was imported; its text is kept nowhere.

    `digest` is the SHA-256 (hex) of the text, `kind` access, refresh or oauth1. Without an
    authorization the client holds it for itself. `scope` narrows what the authorization has,
    None for all of it. `sealed` holds the token secret of OAuth 1, which the protocol needs back.
    """

    __tablename__ = "imported_token"
    __table_args__ = (
        sa.Index("imported_token_client", "tenant_id", "client_id"),
        sa.Index("imported_token_expiry", "expires_at"),
    )
    tenant_id: UUID = Field(primary_key=True)
    digest: str = Field(primary_key=True, max_length=64)
    kind: str = Field(max_length=10)
    client_id: str = Field(max_length=255)
    authorization_id: UUID | None = None
    scope: str | None = Field(default=None, max_length=4_000)
    sealed: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    issued_at: datetime
    expires_at: datetime
