"""The work in the background."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from consentry.api.models.common import Page, Shown
from consentry.operations.dead_letters import DeadLetter
from consentry.operations.jobs import JobState
from consentry.store.ports import Backlog


class JobShown(Shown):
    """A job, and how its last run went."""

    name: str
    meaning: str
    state: Literal["never run", "paused", "running", "failed", "well"]
    started_at: datetime | None = None
    finished_at: datetime | None = None
    succeeded_at: datetime | None = Field(None, description="when it last ended well")
    due_at: datetime | None = Field(None, description="when it runs next")
    paused_at: datetime | None = None
    rows: int = Field(0, description="how many the last run dealt with")
    seconds: float = 0
    error: str = Field("", description="empty after a run that went well")
    detail: dict[str, Any] = Field(description="what the last run reports")


class BacklogShown(Shown):
    """Effects: mails, calls of webhooks, notices of logouts."""

    waiting: int
    dead: int = Field(description="tried in vain")
    oldest_due_at: datetime | None = Field(
        None, description="since when the longest waiting one might have been done"
    )


class JobList(Shown):
    """Every job."""

    items: list[JobShown]


class EffectShown(Shown):
    """An effect tried in vain."""

    tenant_id: UUID
    effect_id: UUID
    tenant: str | None = Field(None, description="its slug, empty for the base host")
    kind: str
    subject: str
    attempts: int
    outcome: str = Field(description="of the last attempt")
    created_at: datetime
    finished_at: datetime | None = None


class EffectPage(Page[EffectShown]):
    """Effects tried in vain, the last one first."""


class Retried(Shown):
    """The effect that is tried again."""

    tenant_id: UUID
    effect_id: UUID


def job_shown(one: JobState) -> JobShown:
    """A job as it is answered."""
    shared: dict[str, Any] = {
        "name": one.job.name,
        "meaning": one.job.meaning,
        "state": one.state,
    }
    row = one.row
    if row is None:
        return JobShown(**shared, detail={})
    return JobShown(
        **shared,
        started_at=row.started_at,
        finished_at=row.finished_at,
        succeeded_at=row.succeeded_at,
        due_at=row.due_at,
        paused_at=row.paused_at,
        rows=row.rows,
        seconds=row.duration_ms / 1_000,
        error=row.error,
        detail=row.detail,
    )


def backlog_shown(found: Backlog) -> BacklogShown:
    """What waits as it is answered."""
    return BacklogShown(waiting=found.waiting, dead=found.dead, oldest_due_at=found.oldest_due_at)


def effect_shown(one: DeadLetter) -> EffectShown:
    """A dead effect as it is answered."""
    names = ("kind", "subject", "attempts", "outcome", "created_at", "finished_at")
    return EffectShown(
        tenant_id=one.effect.tenant_id,
        effect_id=one.effect.effect_id,
        tenant=one.slug,
        **{name: getattr(one.effect, name) for name in names},
    )
