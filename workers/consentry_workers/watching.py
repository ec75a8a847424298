"""How a process shows itself, and figures about the background work for whoever scrapes it."""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final, Literal

from consentry import __version__, metrics
from consentry.operations.jobs import JOBS
from consentry.records.process import Process
from consentry.store.ports import Unavailable
from consentry.telemetry import get_logger
from consentry.tenancy.actor import OPERATORS
from consentry.tenancy.deployment import Deployment

EVERY_S: Final = 10.0


@asynccontextmanager
async def watching(deployment: Deployment, kind: Literal["serve", "worker"]) -> AsyncIterator[None]:
    """The process is on record and its gauges are set, while inside."""
    now = deployment.clock()
    name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"[:100]
    itself = Process(
        tenant_id=OPERATORS, name=name, kind=kind, version=__version__, started_at=now, seen_at=now
    )
    task = asyncio.create_task(_watch_on(deployment, itself))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        with suppress(Unavailable):
            await deployment.store.processes.gone(name)


async def _watch_on(deployment: Deployment, itself: Process) -> None:
    while True:
        try:
            itself.seen_at = deployment.clock()
            await deployment.store.processes.seen(itself)
            await watch(deployment)
        except Unavailable as error:
            get_logger().warning("figures_wait", reason=str(error))
        except Exception:
            get_logger().exception("figures_lost")
        await asyncio.sleep(EVERY_S)


async def watch(deployment: Deployment) -> None:
    """Set the gauges of outbox, jobs and the clock. Raises Unavailable."""
    now, store = deployment.clock(), deployment.store
    shared = await store.overview.clock()
    metrics.clock_differs((now - shared).total_seconds() if shared is not None else 0.0)
    backlog = await store.effects.backlog()
    lag = now - backlog.oldest_due_at if backlog.oldest_due_at else timedelta()
    metrics.outbox(backlog.waiting, backlog.dead, max(0.0, lag.total_seconds()))
    for row in await store.jobs.all():
        if row.name in JOBS:
            metrics.job_due_every(row.name, JOBS[row.name].every_s(deployment.settings))
        if row.succeeded_at is not None:
            metrics.job_succeeded(row.name, row.succeeded_at.timestamp())
        if row.name == "keys" and "overdue" in row.detail:
            # By each process, as of the last run anywhere: one that ran it once would go on
            # telling of that run.
            metrics.keys_overdue(row.detail["overdue"])
        if row.name == "sweep":
            for table, swept in row.detail.items():
                metrics.left_to_sweep(table, swept["oldest_expired_s"])
