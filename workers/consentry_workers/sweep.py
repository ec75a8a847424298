"""Takes away what has expired, at a measured pace."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from time import monotonic
from typing import Final

from consentry import metrics
from consentry.operations.audit_archive import Archive
from consentry.operations.logout import notice
from consentry.store.ports import Unavailable
from consentry.store.sweeping import NotExported, Sweeping
from consentry.telemetry import get_logger
from consentry.tenancy.deployment import Deployment
from consentry_workers.pace import Pace
from consentry_workers.report import Report

LONGEST_S: Final = 300


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did in one table.

    oldest_expired_s: seconds since the oldest row left should have gone; 0.0 if none is left.
    problem: why it did not go on there; empty if nothing was wrong.
    """

    rows: int
    oldest_expired_s: float
    problem: str = ""


async def sweep(deployment: Deployment) -> Report:
    """Delete what has expired from every table, in turn and within the budget.

    It lasts 300 s at most; what is left is the next one's. A table that cannot be swept now
    does not hold up the others. Raises Unavailable without a database. The report's detail is
    a `Swept` for each table.
    """
    settings, now = deployment.settings, deployment.clock()
    folder = settings.audit_export
    export = Archive(folder).keep if folder is not None else None
    run = Run(
        deployment.store.sweeping(now, export=export, farewell=partial(notice, now=now)),
        Pace(settings.sweep_rows_per_second, deployment.store.ping),
    )
    swept = await run.through(monotonic() + LONGEST_S)
    gone = {table: one.rows for table, one in swept.items() if one.rows}
    if gone:
        # As words: the log masks what stands under names such as `nonce`.
        get_logger().info("swept", tables=[f"{table} {rows}" for table, rows in gone.items()])
    problems = [f"{table}: {one.problem}" for table, one in swept.items() if one.problem]
    detail = {table: asdict(one) for table, one in swept.items()}
    return Report(sum(gone.values()), detail, "; ".join(problems))


class Run:
    """One sweep through all tables."""

    def __init__(self, sweeping: Sweeping, pace: Pace) -> None:
        self._sweeping, self._pace = sweeping, pace
        self._rows = dict.fromkeys(sweeping.tables, 0)
        self._problems: dict[str, str] = {}

    async def through(self, end: float) -> Mapping[str, Swept]:
        """Batch by batch until nothing is left or `end` (of the monotonic clock) has come."""
        tables = list(self._rows)
        while tables:
            tables = [table for table in tables if await self._has_more(table)]
            if monotonic() > end:
                break
        return {table: await self._told(table) for table in self._rows}

    async def _has_more(self, table: str) -> bool:
        """Take one batch; whether there may be another."""
        await self._pace.calm()
        try:
            gone = await self._sweeping.take(table, self._pace.batch)
        except (NotExported, Unavailable) as error:
            self._problems[table] = str(error) or type(error).__name__
            get_logger().error("sweep_failed", table=table, reason=self._problems[table])
            return False
        self._rows[table] += gone
        metrics.swept(table, gone)
        await self._pace.rest(gone)
        return gone >= self._pace.batch

    async def _told(self, table: str) -> Swept:
        late = await self._sweeping.overdue_s(table)
        return Swept(self._rows[table], late, self._problems.get(table, ""))
