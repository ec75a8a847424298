"""Where a tenant wants to be told of what happens."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class Webhook(SQLModel, table=True):
    """An address that is called for events of the audit trail.

    events: actions, space-delimited, each whole (`client.create`) or a noun with a star
    (`client.*`); empty for all. sealed: the signing secret; `former_sealed` signs beside it
    until `former_until`. disabled_reason: in words, empty when a person disabled it.
    """

    __tablename__ = "webhook"
    tenant_id: UUID = Field(primary_key=True)
    webhook_id: UUID = Field(primary_key=True)
    url: str = Field(max_length=2_000)
    description: str = Field(default="", max_length=200)
    events: str = Field(default="", max_length=4_000)
    sealed: bytes = Field(sa_type=sa.LargeBinary)
    former_sealed: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    former_until: datetime | None = None
    created_at: datetime
    changed_at: datetime
    disabled_at: datetime | None = None
    disabled_reason: str = Field(default="", max_length=300)


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a webhook that is enabled is called for; no events: all."""

    webhook_id: UUID
    events: frozenset[str]

    def wants(self, action: str) -> bool:
        """Whether it is called for an action. None is for what happens to webhooks themselves:
        a receiver that fails would be told so, without end."""
        noun = action.partition(".")[0]
        if noun == "webhook":
            return False
        return not self.events or action in self.events or f"{noun}.*" in self.events


def subscriptions(rows: list[Webhook]) -> tuple[Subscription, ...]:
    """Of the webhooks that are enabled."""
    return tuple(
        Subscription(row.webhook_id, frozenset(row.events.split()))
        for row in rows
        if row.disabled_at is None
    )
