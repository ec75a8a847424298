"""Registered clients and their secrets."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from consentry.records.search import by_bytes, searched_name
from consentry.spec.client_metadata import ClientMetadata
from consentry.spec.scope import Scope, default_scope


class ClientRow(SQLModel, table=True):
    """A client as stored; `metadata_` holds only what was set.

    name_key: its name as it is searched, case-folded; the store writes it.
    """

    __tablename__ = "client"
    __table_args__ = (
        sa.Index(
            "client_id_prefix", "tenant_id", "client_id", postgresql_ops=by_bytes("client_id")
        ),
        sa.Index(
            "client_name_prefix", "tenant_id", "name_key", postgresql_ops=by_bytes("name_key")
        ),
    )
    tenant_id: UUID = Field(primary_key=True)
    client_id: str = Field(primary_key=True, max_length=255)
    metadata_: dict[str, Any] = Field(
        default_factory=dict, sa_column=sa.Column("metadata", sa.JSON, nullable=False)
    )
    name_key: str = searched_name()
    created_at: datetime
    changed_at: datetime
    disabled_at: datetime | None = None


class ClientSecret(SQLModel, table=True):
    """One live secret of a client.

    `digest` is the SHA-256 of a secret we only compare. `sealed` holds it under
    the tenant's data key where the protocol needs the secret back.
    """

    __tablename__ = "client_secret"
    tenant_id: UUID = Field(primary_key=True)
    client_id: str = Field(primary_key=True, max_length=255)
    secret_id: UUID = Field(primary_key=True)
    label: str = Field(default="", max_length=100)
    digest: bytes = Field(sa_type=sa.LargeBinary)
    sealed: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None


class ClientUse(SQLModel, table=True):
    """When a client last proved itself by a protocol: `oauth1` or `oauth2`."""

    __tablename__ = "client_use"
    tenant_id: UUID = Field(primary_key=True)
    client_id: str = Field(primary_key=True, max_length=255)
    protocol: str = Field(primary_key=True, max_length=10)
    last_used_at: datetime


@dataclass(frozen=True)
class Client:
    """A registered client, parsed once and cached."""

    client_id: str
    metadata: ClientMetadata
    secrets: tuple[ClientSecret, ...]
    disabled_at: datetime | None
    # Shared secrets once unsealed, by secret_id: every signed request needs one again.
    opened: dict[UUID, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def is_public(self) -> bool:
        """Whether it holds no credential (RFC 6749 §2.1)."""
        return self.metadata.is_public

    @cached_property
    def scope(self) -> Scope:
        """The scope registered for it."""
        return self.metadata.scope_set

    @cached_property
    def default_scope(self) -> Scope:
        """What a request that names no scope gets (RFC 6749 §3.3)."""
        return default_scope(self.scope)

    @property
    def name(self) -> str:
        """What people are shown: its registered name, else its id."""
        return self.metadata.client_name or self.client_id

    def allows_grant(self, grant_type: str) -> bool:
        """Whether the grant type is among those registered."""
        return self.metadata.allows_grant(grant_type)
