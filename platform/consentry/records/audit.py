"""The audit trail: who did what to what, in one chain a tenant."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlmodel import Field, SQLModel


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, before it has a place in the chain.

    actor_kind: user, client, operator or system. detail: plain JSON types, never a secret.
    """

    at: datetime
    action: str
    actor_kind: str
    actor_id: str = ""
    actor_name: str = ""
    target_kind: str = ""
    target_id: str = ""
    detail: dict[str, Any] | None = None
    address: str = ""
    request_id: str = ""


class AuditRow(SQLModel, table=True):
    """One event in its place. Rows are appended; none is ever changed.

    seq: from 1, without gaps. previous: the digest of the row before, empty for the first.
    """

    __tablename__ = "audit"
    __table_args__ = (
        sa.Index("audit_time", "tenant_id", "at"),
        sa.Index("audit_actor", "tenant_id", "actor_id", "seq"),
        sa.Index("audit_target", "tenant_id", "target_kind", "target_id", "seq"),
        sa.Index("audit_action", "tenant_id", "action", "seq"),
    )
    tenant_id: UUID = Field(primary_key=True)
    seq: int = Field(primary_key=True, sa_type=sa.BigInteger)
    at: datetime
    actor_kind: str = Field(max_length=10)
    actor_id: str = Field(default="", max_length=255)
    actor_name: str = Field(default="", max_length=255)
    action: str = Field(max_length=60)
    target_kind: str = Field(default="", max_length=30)
    target_id: str = Field(default="", max_length=500)
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    address: str = Field(default="", max_length=45)
    request_id: str = Field(default="", max_length=64)
    previous: str = Field(default="", max_length=64)
    digest: str = Field(max_length=64)


class AuditHead(SQLModel, table=True):
    """Where a tenant's chain ends, and where it begins since the oldest rows were swept.

    swept_seq, swept_digest: of the newest row that was swept. oldest_at: of the oldest left.
    """

    __tablename__ = "audit_head"
    tenant_id: UUID = Field(primary_key=True)
    seq: int = Field(default=0, sa_type=sa.BigInteger)
    digest: str = Field(default="", max_length=64)
    swept_seq: int = Field(default=0, sa_type=sa.BigInteger)
    swept_digest: str = Field(default="", max_length=64)
    oldest_at: datetime | None = Field(default=None, index=True)


def chained(tenant_id: UUID, seq: int, previous: str, event: Event) -> AuditRow:
    """The row of an event; texts are cut to what their columns hold."""
    row = AuditRow(
        tenant_id=tenant_id,
        seq=seq,
        at=event.at,
        actor_kind=event.actor_kind,
        actor_id=_text(event.actor_id, 255),
        actor_name=_text(event.actor_name, 255),
        action=event.action,
        target_kind=event.target_kind,
        target_id=_text(event.target_id, 500),
        detail=event.detail or {},
        address=_text(event.address, 45),
        request_id=_text(event.request_id, 64),
        previous=previous,
        digest="",
    )
    row.digest = digest_of(row)
    return row


def _text(text: str, most: int) -> str:
    """Short enough, and without what a database or a digest cannot hold."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")[:most]


def digest_of(row: AuditRow) -> str:
    """SHA-256 (hex) of everything in the row, `previous` included, in one canonical form."""
    fields = row.model_dump(exclude={"digest"})
    fields["tenant_id"] = row.tenant_id.hex
    fields["at"] = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)).hexdigest()
