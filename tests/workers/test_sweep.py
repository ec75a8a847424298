"""The sweep as the runners run it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

from consentry import metrics
from consentry.operations.audit_chain import verify
from consentry.records.audit import Event
from consentry.records.job import JobRow
from consentry.store.sql.store import SqlStore
from consentry.tenancy.actor import OPERATORS
from consentry.tenancy.deployment import Deployment
from consentry_workers.running import JobRunner
from consentry_workers.sweep import sweep
from consentry_workers.watching import watch
from operations.deployed import deployed
from store.conftest import pg_emptied as pg_emptied
from store.conftest import pg_shared as pg_shared
from store.rows import Place, place
from support.patience import NEVER_S

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=401)


@pytest.fixture(params=["sqlite_database", "pg_emptied"])
def database(request: pytest.FixtureRequest) -> str:
    """URL of an empty, migrated database of either kind."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def later(database: str) -> AsyncIterator[Deployment]:
    """A deployment on either database whose clock is 401 days ahead."""
    async with deployed(database) as made:
        yield replace(made, clock=lambda: LATER)


async def later_everywhere() -> datetime:
    """The database's clock, as far ahead."""
    return LATER


@pytest.fixture
async def here(later: Deployment) -> Place:
    """A tenant with a person and a client."""
    return await place(later.store)


def having(deployment: Deployment, **settings: Any) -> Deployment:
    """The same with other settings."""
    return replace(deployment, settings=deployment.settings.model_copy(update=settings))


async def with_events(here: Place, count: int) -> None:
    """Events of today, and one of the day the clock shows."""
    events = [Event(NOW, "client.create", "system")] * count
    await here.inside.audit.append([*events, Event(LATER, "client.create", "system")])


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.jsonl"))


def counted(table: str) -> float:
    labels = {"table": table}
    return metrics.registry.get_sample_value("consentry_swept_rows_total", labels) or 0.0


async def test_a_sweep_reports_each_table(later: Deployment, here: Place) -> None:
    for n in range(5):
        await here.inside.nonces.spend("jti", f"v{n}", NOW)
    before = counted("nonce")
    report = await sweep(having(later, sweep_rows_per_second=20))
    assert report.rows == 5
    assert report.detail["nonce"] == {"rows": 5, "oldest_expired_s": 0.0, "problem": ""}
    assert set(report.detail) == set(later.store.sweeping(NOW).tables)
    assert counted("nonce") - before == 5


async def test_events_past_their_time_are_exported_and_the_rest_is_still_whole(
    later: Deployment, here: Place, tmp_path: Path
) -> None:
    await with_events(here, 25)
    report = await sweep(having(later, audit_export=tmp_path, sweep_rows_per_second=100))
    assert report.detail["audit"]["rows"] == 25
    [file] = files(tmp_path)
    assert file.parent.name == str(here.tenant.tenant_id)
    kept = [orjson.loads(line) for line in file.read_bytes().splitlines()]
    assert [one["seq"] for one in kept] == list(range(1, 26))
    found = await verify(here.inside.audit)
    assert (found.events, found.first) == (1, 26)
    [left] = await here.inside.audit.onward()
    assert left.previous == kept[-1]["digest"]


async def test_events_that_cannot_be_exported_stay_and_hold_up_nothing_else(
    later: Deployment, here: Place, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    await with_events(here, 1)
    await here.inside.nonces.spend("jti", "v1", NOW)
    deployment = having(later, audit_export=tmp_path / "file")
    runner = JobRunner(deployment, {"sweep": sweep}, shared_clock=later_everywhere)
    assert [name for name, _ in await runner.due()] == ["sweep"]
    assert await runner.run("sweep")
    [row] = await later.store.jobs.all()
    told = row.detail["audit"]
    assert (row.rows, told["rows"]) == (1, 0)
    assert row.error == f"audit: {told['problem']}"
    assert row.succeeded_at is None
    assert told["oldest_expired_s"] == timedelta(days=1).total_seconds()
    assert "Not a directory" in told["problem"]
    assert (await verify(here.inside.audit)).events == 2


async def test_a_table_that_cannot_be_swept_now_holds_up_no_other(pg_emptied: str) -> None:
    async with deployed(pg_emptied) as made:
        store = SqlStore(pg_emptied, patience_s=0.2)
        later = replace(made, store=store, clock=lambda: LATER)
        here = await place(made.store)
        await here.inside.nonces.spend("jti", "v1", NOW)
        locker = await asyncpg.connect(pg_emptied)
        lock = locker.transaction()
        await lock.start()
        await locker.execute("LOCK TABLE revoked_token IN SHARE MODE")
        try:
            async with asyncio.timeout(NEVER_S):
                # On a busy machine a short patience may end elsewhere, too, but not each time.
                while not (report := await sweep(later)).detail["nonce"]["rows"]:
                    assert report.detail["revoked_token"]["problem"]
        finally:
            await lock.rollback()
            await locker.close()
            await store.close()
    assert report.detail["nonce"]["rows"] == 1
    assert report.detail["revoked_token"]["problem"]


async def test_twenty_thousand_expired_rows_go_and_what_lives_stays(pg_emptied: str) -> None:
    async with deployed(pg_emptied) as made:
        here = await place(made.store)
        rows = [
            (here.tenant.tenant_id, "jti", f"v{n}", NOW + timedelta(seconds=n - 20_000.5))
            for n in range(21_000)
        ]
        connection = await asyncpg.connect(pg_emptied)
        columns = ["tenant_id", "purpose", "value", "expires_at"]
        await connection.copy_records_to_table("nonce", records=rows, columns=columns)
        await connection.close()
        at_once = having(replace(made, clock=lambda: NOW), sweep_rows_per_second=100_000)
        reports = await asyncio.gather(sweep(at_once), sweep(at_once))
        assert sum(report.rows for report in reports) == 20_001
        assert not await here.inside.nonces.spend("jti", "v20999", NOW)
        assert await here.inside.nonces.spend("jti", "v0", NOW)


async def test_every_process_tells_how_far_behind_the_last_sweep_was(
    later: Deployment, here: Place
) -> None:
    row = JobRow(tenant_id=OPERATORS, name="sweep", runner="r", due_at=NOW, started_at=NOW)
    await later.store.jobs.ensure(["sweep"], NOW)
    assert await later.store.jobs.claim("sweep", "r", now=NOW, until=LATER)
    row.detail = {"nonce": {"rows": 3, "oldest_expired_s": 12.5, "problem": ""}}
    assert await later.store.jobs.finish(row)
    await watch(later)
    labels = {"table": "nonce"}
    value = metrics.registry.get_sample_value
    assert value("consentry_oldest_expired_seconds", labels) == 12.5
    every_s = later.settings.sweep_interval
    assert value("consentry_job_interval_seconds", {"job": "sweep"}) == every_s
