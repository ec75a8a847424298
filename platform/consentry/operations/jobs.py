"""Jobs of the deployment: what there is, how it goes, and what an operator may do about it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from consentry.operations.audit import record_for_operators
from consentry.operations.errors import Conflict, NotFound
from consentry.operations.permissions import require_operator
from consentry.records.job import JobRow
from consentry.records.outbox import Effect
from consentry.settings import Settings
from consentry.store.ports import Backlog, Store
from consentry.tenancy.actor import Actor
from consentry.tenancy.deployment import Deployment


@dataclass(frozen=True, slots=True)
class Job:
    """What runs again and again. every_s: seconds from the end of a run to the next one."""

    name: str
    meaning: str
    every_s: Callable[[Settings], int]


JOBS: Final = {
    job.name: job
    for job in (
        Job("sweep", "deletes what has expired", lambda settings: settings.sweep_interval),
        Job("usage", "sums up counts of use by hour and by day", lambda _: 300),
        Job("people", "counts the people seen today, by tenant and by client", lambda _: 3_600),
        Job("keys", "has signing keys followed by new ones, and forgets those over", lambda _: 300),
        Job("data-keys", "has data keys followed by new ones, and drops those over", lambda _: 600),
        Job("tenants", "removes tenants whose grace period is over", lambda _: 60),
    )
}


@dataclass(frozen=True, slots=True)
class JobState:
    """A job as operators see it; row: None before a runner has ever seen it."""

    job: Job
    row: JobRow | None

    @property
    def state(self) -> Literal["never run", "paused", "running", "failed", "well"]:
        """What it does, or how its last run went."""
        if self.row is None or self.row.started_at is None:
            return "never run" if self.row is None or self.row.paused_at is None else "paused"
        if self.row.is_running:
            return "running"
        if self.row.paused_at is not None:
            return "paused"
        return "failed" if self.row.error else "well"


async def list_jobs(deployment: Deployment, *, actor: Actor) -> list[JobState]:
    """Every job with how its last run went. Raises Forbidden."""
    require_operator(actor, "tenants.read")
    rows = {row.name: row for row in await deployment.store.jobs.all()}
    return [JobState(job, rows.get(name)) for name, job in JOBS.items()]


async def backlog(deployment: Deployment, *, actor: Actor) -> Backlog:
    """How much waits to be done. Raises Forbidden."""
    require_operator(actor, "tenants.read")
    return await deployment.store.effects.backlog()


async def pause_job(deployment: Deployment, name: str, *, actor: Actor) -> None:
    """It does not begin again until it is resumed; a run goes on. Raises NotFound, Forbidden."""
    await _change(deployment, name, "job.pause", actor, deployment.clock())


async def resume_job(deployment: Deployment, name: str, *, actor: Actor) -> None:
    """It runs again when it is due. Raises NotFound, Forbidden."""
    await _change(deployment, name, "job.resume", actor, None)


async def _change(
    deployment: Deployment, name: str, action: str, actor: Actor, paused_at: datetime | None
) -> None:
    require_operator(actor, "tenants.write")
    async with deployment.store.begin() as store:
        await _ensure(store, name, deployment.clock())
        await store.jobs.pause(name, paused_at)
        await _record(store, deployment, actor, action, name)


async def hasten_job(deployment: Deployment, name: str, *, actor: Actor) -> None:
    """A runner begins it within a second or so, or when it is resumed if it is paused.

    Raises NotFound, Forbidden, or Conflict while it runs.
    """
    require_operator(actor, "tenants.write")
    async with deployment.store.begin() as store:
        await _ensure(store, name, deployment.clock())
        if not await store.jobs.hasten(name, deployment.clock()):
            raise Conflict("job", f"{name} is running")
        await _record(store, deployment, actor, "job.run", name)


async def _ensure(store: Store, name: str, now: datetime) -> None:
    if name not in JOBS:
        raise NotFound("job", name)
    await store.jobs.ensure([name], now)


async def _record(
    store: Store, deployment: Deployment, actor: Actor, action: str, name: str
) -> None:
    now, target = deployment.clock(), ("job", name)
    await record_for_operators(store, actor, now, action, target=target)


async def dead_effects(
    deployment: Deployment,
    *,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 100,
    actor: Actor,
) -> list[Effect]:
    """Effects tried in vain, of all tenants, the last one first. Raises Forbidden."""
    require_operator(actor, "tenants.read")
    return await deployment.store.effects.dead(before=before, limit=limit)


async def retry_effect(
    deployment: Deployment, tenant_id: UUID, effect_id: UUID, *, actor: Actor
) -> None:
    """Try a finished effect again, as if it were new. Raises NotFound, Forbidden."""
    require_operator(actor, "tenants.write")
    async with deployment.store.begin() as store:
        now = deployment.clock()
        if not await store.inside(tenant_id).outbox.again(effect_id, now):
            raise NotFound("effect", str(effect_id))
        target = ("effect", str(effect_id))
        await record_for_operators(store, actor, now, "effect.retry", target=target)
