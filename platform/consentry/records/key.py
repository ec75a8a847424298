"""Wrapped tenant keys and sealed signing keys."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from consentry.records.indexes import index_of


class TenantKey(SQLModel, table=True):
    """A random 256-bit key of a tenant, wrapped by the root key.

    purpose `data` seals tokens and secrets and has versions; `subject` makes
    pairwise subject identifiers and never changes.
    active_at: since when it seals, None while it is only published. review_at: of one that
    another took over from, when to look whether anything still needs it.
    """

    __tablename__ = "tenant_key"
    __table_args__ = (
        sa.Index("tenant_key_age", "purpose", "created_at"),
        index_of("purpose = 'data' AND active_at IS NULL", "tenant_key_waiting", "created_at"),
        index_of("review_at IS NOT NULL", "tenant_key_review", "review_at"),
    )
    tenant_id: UUID = Field(primary_key=True)
    purpose: str = Field(primary_key=True, max_length=20)
    version: int = Field(primary_key=True)
    wrapped: bytes = Field(sa_type=sa.LargeBinary)
    created_at: datetime
    active_at: datetime | None = None
    review_at: datetime | None = None


class SigningKey(SQLModel, table=True):
    """A signing key. Its state follows from its times, see `tenancy.signing`.

    `slot` numbers the keys of one algorithm, so that two processes that need the
    first key at once store one. Once it is retired `sealed` is empty: it signs no more.
    """

    __tablename__ = "signing_key"
    __table_args__ = (
        sa.Index("signing_key_slot", "tenant_id", "alg", "slot", unique=True),
        index_of("retiring_at IS NULL", "signing_key_newest", "active_at"),
        index_of("retired_at IS NULL", "signing_key_over", "retiring_at"),
    )
    tenant_id: UUID = Field(primary_key=True)
    kid: str = Field(primary_key=True, max_length=64)
    alg: str = Field(max_length=10)
    slot: int
    public_jwk: dict[str, Any] = Field(sa_type=sa.JSON)
    sealed: bytes = Field(sa_type=sa.LargeBinary)
    created_at: datetime
    active_at: datetime
    retiring_at: datetime | None = None
    retired_at: datetime | None = None
