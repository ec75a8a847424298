"""Which clients learnt of a signed-in browser, so that they can be told when it ends."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class SessionClient(SQLModel, table=True):
    """A client that a person was sent back to in one session.

    session_id: of `Login`. A row outlives what was authorized: an app keeps its own session
    longer than the access token that began it.
    """

    __tablename__ = "session_client"
    __table_args__ = (
        sa.Index("session_client_user", "tenant_id", "user_id"),
        sa.Index("session_client_expiry", "expires_at"),
    )
    tenant_id: UUID = Field(primary_key=True)
    session_id: UUID = Field(primary_key=True)
    client_id: str = Field(primary_key=True, max_length=255)
    user_id: UUID
    expires_at: datetime
