"""What a person agreed to."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class Consent(SQLModel, table=True):
    """Scopes one user allows one client at one API; `resource` is empty for the issuer.

    `history` lists `{"at", "scope", "decision"}` with the newest last.
    """

    __tablename__ = "consent"
    __table_args__ = (sa.Index("consent_client", "tenant_id", "client_id"),)
    tenant_id: UUID = Field(primary_key=True)
    user_id: UUID = Field(primary_key=True)
    client_id: str = Field(primary_key=True, max_length=255)
    resource: str = Field(default="", primary_key=True, max_length=500)
    scope: str = Field(default="", max_length=4_000)
    history: list[dict[str, Any]] = Field(default_factory=list, sa_type=sa.JSON)
    created_at: datetime
    changed_at: datetime
