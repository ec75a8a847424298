"""Where a tenant wants to be told of what happens."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class Webhook(SQLModel, table=True):
    """An address that is called for events of the audit trail.

    events: actions, space-delimited, each whole (`client.create`) or a noun with a star
    (`client.*`); empty for all. sealed: the signing secret; `former_sealed` signs beside it
    until `former_until`. disabled_reason: in words, empty when a person disabled it.
    """

    __tablename__ = "webhook"
    tenant_id: UUID = Field(primary_key=True)
    webhook_id: UUID = Field(primary_key=True)
    url: str = Field(max_length=2_000)
    description: str = Field(default="", max_length=200)
    events: str = Field(default="", max_length=4_000)
    sealed: bytes = Field(sa_type=sa.LargeBinary)
    former_sealed: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    former_until: datetime | None = None
    created_at: datetime
    changed_at: datetime
    disabled_at: datetime | None = None
    disabled_reason: str = Field(default="", max_length=300)
