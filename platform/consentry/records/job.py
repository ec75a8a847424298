"""What runs again and again: when it ran, how it went, when it is due."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class JobRow(SQLModel, table=True):
    """One job of the deployment; its tenant is that of the operators.

    due_at: when it may be claimed; who claims it moves this ahead, so that it comes back when
    the claimer dies. runner: who claimed it last. started_at to error: of the last run;
    `error` is empty after one that went well. detail: what it reports, in plain JSON types.
    """

    __tablename__ = "job"
    tenant_id: UUID = Field(primary_key=True)
    name: str = Field(primary_key=True, max_length=40)
    due_at: datetime
    paused_at: datetime | None = None
    runner: str = Field(default="", max_length=100)
    is_running: bool = False
    started_at: datetime | None = None
    finished_at: datetime | None = None
    succeeded_at: datetime | None = None
    rows: int = Field(default=0, sa_type=sa.BigInteger)
    duration_ms: int = Field(default=0, sa_type=sa.BigInteger)
    error: str = Field(default="", max_length=300)
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
