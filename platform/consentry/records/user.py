"""End-users and their signed-in browsers."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from consentry.records.search import by_bytes


class User(SQLModel, table=True):
    """A person of one tenant. `username` and `email` are kept case-folded in `*_key`."""

    __tablename__ = "end_user"
    __table_args__ = (
        sa.Index("end_user_username", "tenant_id", "username_key", unique=True),
        sa.Index("end_user_email", "tenant_id", "email_key", unique=True),
        sa.Index(
            "end_user_username_prefix",
            "tenant_id",
            "username_key",
            postgresql_ops=by_bytes("username_key"),
        ),
        sa.Index(
            "end_user_email_prefix", "tenant_id", "email_key", postgresql_ops=by_bytes("email_key")
        ),
    )
    tenant_id: UUID = Field(primary_key=True)
    user_id: UUID = Field(primary_key=True)
    username: str = Field(max_length=255)
    username_key: str = Field(max_length=255)
    email: str | None = Field(default=None, max_length=320)
    email_key: str | None = Field(default=None, max_length=320)
    password_hash: str | None = Field(default=None, max_length=500)
    roles: str = Field(default="", max_length=200)
    claims: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    created_at: datetime
    changed_at: datetime
    disabled_at: datetime | None = None


class Login(SQLModel, table=True):
    """A signed-in browser. `login_id` is the SHA-256 (hex) of what its cookie holds.

    session_id: what clients know the browser's session by, through `sid`; it stays when the
    same person signs in again, which the login_id does not. None: made before there was one.
    """

    __tablename__ = "login"
    __table_args__ = (
        sa.Index("login_user", "tenant_id", "user_id"),
        sa.Index("login_expiry", "expires_at"),
        sa.Index("login_time", "tenant_id", "created_at"),
    )
    tenant_id: UUID = Field(primary_key=True)
    login_id: str = Field(primary_key=True, max_length=64)
    user_id: UUID
    session_id: UUID | None = None
    auth_time: datetime
    amr: str = Field(default="pwd", max_length=100)
    address: str = Field(default="", max_length=45)
    user_agent: str = Field(default="", max_length=255)
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
