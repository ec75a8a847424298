"""The processes of the deployment, as they show themselves."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class Process(SQLModel, table=True):
    """One that serves or works; its tenant is that of the operators.

    name: host, process id and a random piece. kind: `serve` or `worker`. seen_at: when it last
    showed itself; one that is gone stops doing so.
    """

    __tablename__ = "process"
    __table_args__ = (sa.Index("process_expiry", "seen_at"),)
    tenant_id: UUID = Field(primary_key=True)
    name: str = Field(primary_key=True, max_length=100)
    kind: str = Field(max_length=10)
    version: str = Field(max_length=50)
    started_at: datetime
    seen_at: datetime
