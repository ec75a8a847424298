"""One run of a job: claimed, held while it lasts, and its end stored."""

import asyncio
import os
import random
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import Final

from consentry import metrics, tracing
from consentry.operations.health import SKEW_WARN_S
from consentry.operations.jobs import JOBS
from consentry.records.job import JobRow
from consentry.store.ports import Unavailable
from consentry.telemetry import get_logger
from consentry.tenancy.actor import OPERATORS
from consentry.tenancy.deployment import Deployment
from consentry_workers.jobs import RUNS
from consentry_workers.report import Report
from consentry_workers.set_clocks import AHEAD, JITTER, PatientClock, lead_of

LEASE: Final = timedelta(seconds=5)
"""How long what was taken is held; renewed while its taker lives."""
RENEW_S: Final = 1.5
# After a run that failed, unless the job is due sooner anyway.
RETRY_S: Final = 30
DELETES: Final = frozenset({"data-keys", "sweep", "tenants"})
"""Jobs whose work cannot be taken back."""

Run = Callable[[Deployment], Awaitable[Report]]


class JobRunner:
    """Runs jobs in this process."""

    def __init__(
        self,
        deployment: Deployment,
        runs: Mapping[str, Run] = RUNS,
        *,
        shared_clock: Callable[[], Awaitable[datetime | None]] | None = None,
    ) -> None:
        """shared_clock: the time that counts for every host; the database's, if omitted."""
        self._deployment, self._runs = deployment, runs
        self._patient = PatientClock(deployment.clock)
        self._shared_clock = shared_clock or deployment.store.overview.clock
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"[:100]
        metrics.expect_jobs(runs)

    async def due(self) -> list[tuple[str, datetime]]:
        """The jobs that may be claimed now, and since when. Raises Unavailable."""
        store, now = self._deployment.store, self._deployment.clock()
        rows = await store.jobs.all()
        if missing := set(self._runs) - {row.name for row in rows}:
            await store.jobs.ensure(sorted(missing), now)
            rows = await store.jobs.all()
        return [
            (row.name, row.due_at)
            for row in rows
            if row.name in self._runs
            and row.paused_at is None
            and not now < row.due_at <= self._latest(row.name, now)
        ]

    def _latest(self, name: str, now: datetime) -> datetime:
        """Until when it can be put off; what is due later was put off by a clock since set."""
        longest = timedelta(seconds=JOBS[name].every_s(self._deployment.settings) * JITTER)
        return now + max(longest, LEASE) + AHEAD

    async def run(self, name: str) -> bool:
        """Run a job to its end, if it is due and nobody else does; whether it ran here.

        Raises Unavailable when it cannot be claimed. Cut short by the end of the process it is
        due again at once.
        """
        store, now = self._deployment.store, self._deployment.clock()
        latest = self._latest(name, now)
        if not await store.jobs.claim(name, self.name, now=now, until=now + LEASE, latest=latest):
            return False
        began = perf_counter()
        row = JobRow(tenant_id=OPERATORS, name=name, runner=self.name, due_at=now, started_at=now)
        try:
            async with self._held(name):
                with tracing.span(f"job {name}"):
                    report = await self._runs[name](await self._as_seen_by(name))
        except asyncio.CancelledError:
            await asyncio.shield(self._hand_back(name))
            raise
        except Exception as error:
            row.error = _told(error, name)
            await self._finish(row, began, wait_s=min(RETRY_S, self._every(name)))
        else:
            row.rows, row.detail = report.rows, dict(report.detail)
            row.error = report.problem[:300]
            if not row.error:
                row.succeeded_at = self._deployment.clock()
            await self._finish(row, began, wait_s=self._every(name))
        return True

    async def _as_seen_by(self, name: str) -> Deployment:
        """What deletes goes by the earlier one of our clock and the database's: by ours alone,
        on a host that is ahead, would go what others still need."""
        if name not in DELETES:
            return self._deployment
        lead = await lead_of(self._patient, self._shared_clock)
        if lead.total_seconds() >= SKEW_WARN_S:
            seconds = round(lead.total_seconds(), 1)
            get_logger().warning("clock_ahead", job=name, seconds=seconds)
        return replace(self._deployment, clock=lambda: self._patient() - lead)

    async def _hand_back(self, name: str) -> None:
        with suppress(Unavailable):
            await self._deployment.store.jobs.release(name, self.name, self._deployment.clock())

    def _every(self, name: str) -> float:
        """Jittered, so that many deployments on one server do not run in step."""
        return JOBS[name].every_s(self._deployment.settings) * random.uniform(0.9, 1.1)  # noqa: S311

    async def _finish(self, row: JobRow, began: float, *, wait_s: float) -> None:
        seconds, now = perf_counter() - began, self._deployment.clock()
        row.finished_at, row.duration_ms = now, int(seconds * 1000)
        row.due_at = now + timedelta(seconds=wait_s)
        metrics.job_ran(row.name, seconds, failed=bool(row.error))
        with suppress(Unavailable):
            await self._deployment.store.jobs.finish(row)

    @asynccontextmanager
    async def _held(self, name: str) -> AsyncIterator[None]:
        """The run is held while inside; who lost it to another runner is cut short."""
        inside = asyncio.current_task()

        async def hold() -> None:
            is_ours = True
            while is_ours:
                await asyncio.sleep(RENEW_S)
                is_ours = await self._keep(name)
            get_logger().warning("job_taken_over", job=name)
            if inside is not None:
                inside.cancel()

        holding = asyncio.create_task(hold())
        try:
            yield
        finally:
            holding.cancel()

    async def _keep(self, name: str) -> bool:
        until = self._deployment.clock() + LEASE
        try:
            return await self._deployment.store.jobs.keep(name, self.name, until)
        except Unavailable:
            # Nobody else can take it either while the database is away.
            return True
        except Exception:
            get_logger().exception("job_not_held", job=name)
            return True


def _told(error: Exception, name: str) -> str:
    """Why a run failed, in words; the particulars are in the log."""
    if isinstance(error, Unavailable):
        get_logger().warning("job_waits", job=name, reason=str(error))
        return "the database was away"
    get_logger().exception("job_failed", job=name)
    return f"unexpected {type(error).__name__}; the log says more"
