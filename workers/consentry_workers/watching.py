"""Figures about the background work, read from the database for whoever scrapes a process."""

from datetime import timedelta

from consentry import metrics
from consentry.tenancy.deployment import Deployment


async def watch(deployment: Deployment) -> None:
    """Set the gauges of outbox and jobs. Raises Unavailable."""
    now, store = deployment.clock(), deployment.store
    backlog = await store.effects.backlog()
    lag = now - backlog.oldest_due_at if backlog.oldest_due_at else timedelta()
    metrics.outbox(backlog.waiting, backlog.dead, max(0.0, lag.total_seconds()))
    for row in await store.jobs.all():
        if row.succeeded_at is not None:
            metrics.job_succeeded(row.name, row.succeeded_at.timestamp())
        if row.name == "sweep":
            for table, swept in row.detail.items():
                metrics.left_to_sweep(table, swept["oldest_expired_s"])
