"""Checks of the work in the background: who does it, and whether it keeps up."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from consentry.operations.health import Check, Look, named, tried
from consentry.operations.jobs import JOBS, Job
from consentry.operations.permissions import require
from consentry.records.job import JobRow
from consentry.records.process import Process
from consentry.tenancy.context import TenantContext
from consentry.tenancy.deployment import Deployment

SEEN_WITHIN: Final = timedelta(seconds=60)
LAG_WARN_S: Final = 60
EXPIRED_WARN_S: Final = 3_600
# A job may miss this many of its turns, and a minute, before anybody is told.
TURNS_MISSED: Final = 3
GRACE_S: Final = 60


async def running(ctx: TenantContext) -> Sequence[Process]:
    """The processes seen in the last minute, the oldest first. Raises Forbidden."""
    await require(ctx, "tenants.read")
    return await _seen(ctx.deployment)


async def _seen(deployment: Deployment) -> Sequence[Process]:
    return await deployment.store.processes.all(deployment.clock() - SEEN_WITHIN)


async def processes(deployment: Deployment) -> Check:
    """Whether those that run are of one release."""
    found = await _seen(deployment)
    if not found:
        return Check("processes", "skip", "none was seen in the last minute")
    kinds = [one.kind for one in found]
    counts = " and ".join(
        f"{kinds.count(kind)} {word}"
        for kind, word in (("serve", "serving"), ("worker", "working"))
        if kind in kinds
    )
    versions = sorted({one.version for one in found})
    if len(versions) > 1:
        return Check("processes", "warn", f"{counts}, of versions {named(versions)}")
    return Check("processes", "ok", f"{counts}, all of version {versions[0]}")


async def worker(deployment: Deployment) -> Check:
    """Whether somebody does the jobs where serving processes do not."""
    if deployment.settings.redis_url is None:
        return Check("worker", "skip", "without CONSENTRY_REDIS_URL serving processes do the jobs")
    count = sum(one.kind == "worker" for one in await _seen(deployment))
    if not count:
        return Check("worker", "warn", "none was seen in the last minute: `consentry worker`")
    return Check("worker", "ok", f"{count} seen in the last minute")


async def outbox(deployment: Deployment) -> Check:
    """Whether what is to be done outside is done in time."""
    found = await deployment.store.effects.backlog()
    since = found.oldest_due_at
    lag = 0 if since is None else max(0, int((deployment.clock() - since).total_seconds()))
    told = f"{found.waiting} waiting, {found.dead} tried in vain"
    if lag > LAG_WARN_S:
        return Check("outbox", "warn", f"{told}; the oldest is due since {lag} s")
    return Check("outbox", "ok", told)


async def jobs(deployment: Deployment) -> Check:
    """Whether each job ran lately, and well."""
    rows = {row.name: row for row in await deployment.store.jobs.all()}
    if not rows:
        return Check("jobs", "skip", "none has run yet")
    troubles = [
        f"{name} {trouble}"
        for name, job in JOBS.items()
        if name in rows and (trouble := _trouble(rows[name], job, deployment))
    ]
    if troubles:
        return Check("jobs", "warn", "; ".join(troubles))
    return Check("jobs", "ok", f"{named(list(JOBS))} ran well")


def _trouble(row: JobRow, job: Job, deployment: Deployment) -> str:
    if row.error and not row.is_running:
        return f"failed: {row.error}"
    # A job that never ended well was due first when its row was made.
    since: datetime = row.succeeded_at or min(row.due_at, row.started_at or row.due_at)
    allowed = TURNS_MISSED * job.every_s(deployment.settings) + GRACE_S
    late = (deployment.clock() - since).total_seconds()
    if late <= allowed:
        return ""
    return f"{'is paused and ' if row.paused_at else ''}has not ended well for {int(late)} s"


async def expired(deployment: Deployment) -> Check:
    """Whether the sweep keeps up with what expires, by its own last report."""
    rows = [row for row in await deployment.store.jobs.all() if row.name == "sweep" and row.detail]
    if not rows:
        return Check("expired", "skip", "no sweep has run yet")
    late = _left_over(rows[0].detail)
    if late:
        return Check("expired", "warn", f"rows that should have gone: {named(late)}")
    return Check("expired", "ok", "no row is there an hour after its end")


def _left_over(detail: Mapping[str, Mapping[str, float]]) -> list[str]:
    return [
        f"{table} since {int(swept['oldest_expired_s'])} s"
        for table, swept in detail.items()
        if swept["oldest_expired_s"] > EXPIRED_WARN_S
    ]


BACKGROUND: Final[dict[str, Look]] = {
    "processes": processes,
    "worker": worker,
    "outbox": outbox,
    "jobs": jobs,
    "expired": expired,
}
"""Looks by name, in the order they are shown."""


async def background(ctx: TenantContext) -> list[Check]:
    """Every check of the work in the background. Raises Forbidden."""
    await require(ctx, "tenants.read")
    return [await tried(name, look, ctx.deployment) for name, look in BACKGROUND.items()]
