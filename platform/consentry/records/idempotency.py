"""Answers to requests that may be sent again."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class KeptAnswer(SQLModel, table=True):
    """What a request that carried an idempotency key was answered.

    key: SHA-256 (hex) of who asked and the key sent. request: SHA-256 (hex) of what was asked.
    sealed: the answer under the tenant's data key, for it may hold a secret.
    """

    __tablename__ = "kept_answer"
    __table_args__ = (sa.Index("kept_answer_expiry", "expires_at"),)
    tenant_id: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True, max_length=64)
    request: str = Field(max_length=64)
    sealed: bytes = Field(sa_type=sa.LargeBinary)
    expires_at: datetime
