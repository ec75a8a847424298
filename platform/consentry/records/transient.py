"""Rows that exist to expire: spent values, throttles, recorded refusals and successes."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class Nonce(SQLModel, table=True):
    """A value spent once. `purpose` keeps kinds apart: none is spendable as another."""

    __tablename__ = "nonce"
    __table_args__ = (sa.Index("nonce_expiry", "expires_at"),)
    tenant_id: UUID = Field(primary_key=True)
    purpose: str = Field(primary_key=True, max_length=30)
    value: str = Field(primary_key=True, max_length=64)
    expires_at: datetime


class Throttle(SQLModel, table=True):
    """One throttle of the generic cell rate algorithm.

    `free_ms` is its theoretical arrival time in Unix milliseconds: a number, because
    one statement adds to it on either dialect.
    """

    __tablename__ = "throttle"
    __table_args__ = (sa.Index("throttle_expiry", "free_ms"),)
    tenant_id: UUID = Field(primary_key=True)
    subject: str = Field(primary_key=True, max_length=64)
    free_ms: int = Field(sa_type=sa.BigInteger)


class Refusal(SQLModel, table=True):
    """Why a request was refused; values are masked before they come here."""

    __tablename__ = "refusal"
    __table_args__ = (
        sa.Index("refusal_tenant", "tenant_id", "created_at"),
        sa.Index("refusal_client", "tenant_id", "client_id", "created_at"),
        sa.Index("refusal_expiry", "created_at"),
    )
    tenant_id: UUID = Field(primary_key=True)
    refusal_id: UUID = Field(primary_key=True)
    client_id: str | None = Field(default=None, max_length=255)
    endpoint: str = Field(max_length=50)
    error: str = Field(max_length=60)
    rule: str = Field(default="", max_length=300)
    received: str = Field(default="", max_length=500)
    registered: str = Field(default="", max_length=1_000)
    created_at: datetime


class Success(SQLModel, table=True):
    """A request that was served; one of many where they come fast.

    success_id: the request's id. outcome: what was given, such as the grant type or
    `code issued`; nothing secret.
    """

    __tablename__ = "success"
    __table_args__ = (
        sa.Index("success_client", "tenant_id", "client_id", "created_at"),
        sa.Index("success_expiry", "created_at"),
    )
    tenant_id: UUID = Field(primary_key=True)
    success_id: UUID = Field(primary_key=True)
    client_id: str = Field(max_length=255)
    endpoint: str = Field(max_length=50)
    outcome: str = Field(max_length=60)
    created_at: datetime
