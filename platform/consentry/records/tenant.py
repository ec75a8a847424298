"""Tenants, their custom hosts, the APIs they protect and the scopes they grant."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from consentry.records.search import by_bytes, searched_name


class Tenant(SQLModel, table=True):
    """One authorization server. `changed_at` moves whenever its configuration does.

    name_key: its name as it is searched, case-folded; the store writes it. delete_at: when a
    tenant that leaves may be removed.
    """

    __tablename__ = "tenant"
    __table_args__ = (
        sa.Index("tenant_slug_prefix", "slug", postgresql_ops=by_bytes("slug")),
        sa.Index("tenant_name_prefix", "name_key", postgresql_ops=by_bytes("name_key")),
    )
    tenant_id: UUID = Field(primary_key=True)
    slug: str = Field(max_length=63, unique=True)
    name: str = Field(max_length=200)
    name_key: str = searched_name()
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    created_at: datetime
    changed_at: datetime = Field(index=True)
    disabled_at: datetime | None = None
    delete_at: datetime | None = Field(default=None, index=True)

    @property
    def is_disabled(self) -> bool:
        """Whether its hosts answer 403: it is disabled, or leaves."""
        return self.disabled_at is not None or self.delete_at is not None


class Domain(SQLModel, table=True):
    """A custom host of a tenant; no two tenants share one."""

    __tablename__ = "domain"
    tenant_id: UUID = Field(primary_key=True)
    host: str = Field(primary_key=True, max_length=253, unique=True)
    created_at: datetime


class DomainClaim(SQLModel, table=True):
    """A host that a tenant says is its own. It is, once `token` is found there.

    Several tenants may claim one host; the first to prove it has it.
    """

    __tablename__ = "domain_claim"
    __table_args__ = (sa.Index("domain_claim_expiry", "expires_at"),)
    tenant_id: UUID = Field(primary_key=True)
    host: str = Field(primary_key=True, max_length=253)
    token: str = Field(max_length=64)
    created_at: datetime
    expires_at: datetime


class Api(SQLModel, table=True):
    """A protected resource (RFC 8707). Empty format and lifetime mean the tenant's own."""

    __tablename__ = "api"
    tenant_id: UUID = Field(primary_key=True)
    identifier: str = Field(primary_key=True, max_length=500)
    name: str = Field(default="", max_length=200)
    scopes: str = Field(default="", max_length=4_000)
    access_token_format: str | None = Field(default=None, max_length=10)
    access_token_lifetime: int | None = None
    resource_servers: str = Field(default="", max_length=4_000)


class ScopeRow(SQLModel, table=True):
    """A declared scope-token and what people read on the consent page."""

    __tablename__ = "scope"
    tenant_id: UUID = Field(primary_key=True)
    name: str = Field(primary_key=True, max_length=200)
    description: str = Field(default="", max_length=500)
