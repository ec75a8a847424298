"""A clock that was set, by an hour and in either direction, holds nothing up."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from consentry.metrics import registry
from consentry.operations.jobs import JOBS
from consentry.records.job import JobRow
from consentry.records.outbox import DONE, WAITING, Effect
from consentry.records.process import Process
from consentry.tenancy.actor import OPERATORS
from consentry.tenancy.context import TenantContext
from consentry_workers.effects.kind import Kind, Later
from consentry_workers.queue import QUEUE, bring_forward, open_queue
from consentry_workers.running import LEASE, JobRunner
from consentry_workers.set_clocks import AHEAD, ClockWatch, PatientClock, Recaller, lead_of
from consentry_workers.watching import watch
from workers.crews import LONGEST_S, Crew, Steps, eventually

HOUR = 3_600


async def put_off(crew: Crew, wait_s: int) -> Effect:
    """An effect that was tried once and has to wait so long."""

    async def busy(_: TenantContext, held: Effect) -> str:
        if held.attempts == 1:
            raise Later("503")
        return "200"

    crew.kinds["busy"] = Kind(busy, waits=(wait_s,))
    id = await crew.cause("busy")
    async with crew.hands():
        return await crew.tried(id)


async def test_effects_and_jobs_go_on_when_the_clock_is_set_back(
    crew: Crew, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was stored, tried and run by the old time is not an hour away."""
    monkeypatch.setitem(JOBS, "sweep", JOBS["sweep"].__class__("sweep", "counts", lambda _: 5))
    crew.runs["sweep"] = steps.count
    crew.kinds["note"] = Kind(steps.note, waits=())

    async def ran() -> list[JobRow]:
        return [row for row in await crew.deployment.store.jobs.all() if row.finished_at]

    async with crew.hands():
        await eventually(ran)
        steps.did.clear()
        crew.kinds["hold"] = Kind(steps.hold, waits=())
        held = await crew.cause("hold")
        async with asyncio.timeout(LONGEST_S):
            await steps.has_begun.wait()
        waits = await crew.cause("note")
        crew.world.clock.forward(-HOUR)
        steps.may_go_on.set()
        for id in (held, waits):
            assert (await crew.ended(id)).state == DONE

        async def ran_again() -> bool:
            return len(steps.did) >= 3

        await eventually(ran_again)


async def seen(crew: Crew) -> None:
    """A process shows itself now."""
    now = crew.deployment.clock()
    process = Process(
        tenant_id=OPERATORS, name="before", kind="serve", version="1", started_at=now, seen_at=now
    )
    await crew.deployment.store.processes.seen(process)


async def test_what_a_process_before_left_is_recalled(crew: Crew) -> None:
    """The clock was set back between the end of one process and the start of the next."""
    one = await put_off(crew, 5)
    await seen(crew)
    crew.world.clock.forward(-HOUR)
    async with crew.hands():
        found = await crew.ended(one.effect_id)
    assert (found.state, found.attempts) == (DONE, 2)


@pytest.mark.parametrize("way", ["embedded-sqlite"], indirect=True)
async def test_a_wait_that_its_schedule_allows_is_kept(crew: Crew) -> None:
    """Else every process that notices would have it tried, until its attempts are spent."""
    await seen(crew)
    crew.world.clock.forward(-HOUR)
    one = await put_off(crew, 5)
    await Recaller(crew.deployment, crew.kinds, LEASE).look()
    found = await crew.found(one.effect_id)
    assert (found.state, found.due_at) == (WAITING, one.due_at)


@pytest.mark.parametrize("way", ["embedded-sqlite"], indirect=True)
async def test_nothing_is_recalled_while_the_clock_goes_on(crew: Crew) -> None:
    """A receiver that asked for more than the schedule gives is not called before."""
    one = await put_off(crew, 5)
    await seen(crew)
    crew.kinds["busy"] = Kind(crew.kinds["busy"].do, waits=(0,))
    crew.world.clock.forward(-29)
    await Recaller(crew.deployment, crew.kinds, LEASE).look()
    assert (await crew.found(one.effect_id)).due_at == one.due_at


def test_a_clock_is_watched_by_one_that_is_never_set() -> None:
    wall, steady = datetime(2026, 1, 1, tzinfo=UTC), 5.0
    watch = ClockWatch(lambda: wall, AHEAD, lambda: steady)

    def pass_by(wall_s: float, steady_s: float) -> timedelta:
        nonlocal wall, steady
        wall += timedelta(seconds=wall_s)
        steady += steady_s
        return watch.step()

    assert not pass_by(HOUR, HOUR)
    assert not pass_by(0, 29)
    assert pass_by(0, 2) == timedelta(seconds=-31)
    watch.accept()
    assert not watch.step()
    assert pass_by(HOUR + 5, 5) == timedelta(hours=1)


def test_a_clock_set_ahead_is_followed_an_hour_later_by_what_deletes() -> None:
    start = wall = datetime(2026, 1, 1, tzinfo=UTC)
    steady = 5.0
    patient = PatientClock(lambda: wall, lambda: steady)

    def pass_by(wall_s: float, steady_s: float) -> float:
        nonlocal wall, steady
        wall += timedelta(seconds=wall_s)
        steady += steady_s
        return (patient() - start).total_seconds()

    assert pass_by(60, 60) == 60
    assert pass_by(86_400, 0) == 60
    assert pass_by(3_599, 3_599) == 3_659
    assert pass_by(1, 1) == 90_060
    assert pass_by(-7_200, 0) == 82_860
    assert pass_by(HOUR, 0) == 82_860
    assert pass_by(-HOUR, 0) == 82_860
    assert pass_by(3_601, 3_601) == 86_461
    assert pass_by(HOUR, 0) == 86_461, "the hour begins with the step"
    assert pass_by(10, 10) == 86_471


@pytest.mark.parametrize("way", ["embedded-postgresql"], indirect=True)
async def test_who_starts_on_a_host_that_is_ahead_deletes_by_the_databases_clock(
    crew: Crew,
) -> None:
    """THREATS 58: the other hosts, which are right, need it for some minutes yet."""
    now, nonces, jobs = crew.world.clock(), crew.world.store().nonces, crew.deployment.store.jobs
    await nonces.spend("jti", "live", now + timedelta(minutes=10))
    await nonces.spend("jti", "over", now - timedelta(minutes=10))
    crew.world.clock.forward(HOUR)
    await jobs.ensure(["sweep"], crew.world.clock())
    with capture_logs() as said:
        assert await JobRunner(crew.deployment).run("sweep")
    (row,) = await jobs.all()
    assert (row.rows, row.error) == (1, "")
    assert not await nonces.spend("jti", "live", now)
    assert await nonces.spend("jti", "over", now)
    assert "clock_ahead" in [one["event"] for one in said]
    await watch(crew.deployment)
    told = registry.get_sample_value("consentry_clock_skew_seconds")
    assert told is not None and HOUR - 60 < told < HOUR + 60


async def test_the_lead_of_a_clock_is_what_it_is_ahead_at_least() -> None:
    wall = datetime(2026, 1, 1, tzinfo=UTC)

    async def shared(seconds: float | None) -> datetime | None:
        nonlocal wall
        theirs = None if seconds is None else wall + timedelta(seconds=seconds)
        wall += timedelta(seconds=30)
        return theirs

    for apart, lead in ((-300, 300), (300, 0), (None, 0)):
        found = await lead_of(lambda: wall, partial(shared, apart))
        assert found == timedelta(seconds=lead), "whatever time the answer took"


async def test_a_queue_left_by_a_clock_ahead_is_worked_off(redis_url: str) -> None:
    """Its entries carry the time they were queued at; none is taken before."""
    async with Redis.from_url(redis_url) as emptied:
        await emptied.flushdb()
    queue = await open_queue(redis_url)
    try:
        await queue.enqueue_job("job", "sweep", _job_id="far", _defer_by=HOUR)
        await queue.enqueue_job("job", "sweep", _job_id="near", _defer_by=1)
        near = await queue.zscore(QUEUE, "near")
        assert await bring_forward(queue) == 1
        far = await queue.zscore(QUEUE, "far")
        assert far is not None and far <= datetime.now(UTC).timestamp() * 1_000
        assert await queue.zscore(QUEUE, "near") == near
    finally:
        await queue.aclose()
