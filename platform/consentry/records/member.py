"""Who manages an app besides the administrators."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class ClientMember(SQLModel, table=True):
    """A developer of a client: `owner`, who also chooses the others, or `member`."""

    __tablename__ = "client_member"
    __table_args__ = (sa.Index("client_member_user", "tenant_id", "user_id", "client_id"),)
    tenant_id: UUID = Field(primary_key=True)
    client_id: str = Field(primary_key=True, max_length=255)
    user_id: UUID = Field(primary_key=True)
    role: str = Field(default="member", max_length=10)
    since: datetime
