"""Effects of a change on the world outside: stored with the change, done soon after."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from consentry.records.indexes import index_of

MAIL = "mail"
"""The kind of those that are a person's: `subject` is their user_id, and they go with them."""
WAITING, DONE, DEAD, DROPPED = "waiting", "done", "dead", "dropped"


class Effect(SQLModel, table=True):
    """One mail, one call of a webhook, one notice of a logout.

    kind: what is to be done. subject: what it is done to, such as the id of a webhook or a
    client_id; empty where nobody lists by it. payload: JSON, no secret in it. state: `waiting`
    until it was done, `dead` when it was tried in vain, `dropped` when there was nothing to do.
    due_at: when it may be taken; who takes it moves this ahead, so that it comes back when the
    taker dies. attempts: how often it was taken. outcome: of the last attempt, in words.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        index_of("state = 'waiting'", "outbox_due", "due_at"),
        index_of("state = 'dead'", "outbox_dead", "finished_at"),
        sa.Index("outbox_kind", "tenant_id", "kind", "created_at"),
        sa.Index("outbox_subject", "tenant_id", "kind", "subject", "created_at"),
        sa.Index("outbox_expiry", "finished_at"),
    )
    tenant_id: UUID = Field(primary_key=True)
    effect_id: UUID = Field(primary_key=True)
    kind: str = Field(max_length=30)
    subject: str = Field(default="", max_length=255)
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    state: str = Field(default=WAITING, max_length=10)
    attempts: int = 0
    created_at: datetime
    due_at: datetime
    finished_at: datetime | None = None
    outcome: str = Field(default="", max_length=300)
