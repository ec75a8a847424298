"""Effects and jobs are done alike, whoever does them."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from redis.asyncio import Redis

from consentry.metrics import render
from consentry.operations.jobs import JOBS
from consentry.records.job import JobRow
from consentry.records.outbox import DEAD, DONE, DROPPED, WAITING, Effect
from consentry.store.ports import Unavailable
from consentry.tenancy.context import TenantContext
from consentry.tenancy.deployment import Deployment
from consentry_workers.effects.kind import Kind, Later, Never, NotYet
from consentry_workers.jobs import RUNS
from consentry_workers.performing import SPARE_ATTEMPTS, Performer
from consentry_workers.report import Report
from consentry_workers.running import JobRunner
from consentry_workers.taking import AT_ONCE, LONGEST_REST_S, OF_ONE_TENANT, POLL_S, rest_s
from workers.crews import LONGEST_S, Crew, Steps, eventually


def test_every_job_is_told_of_and_can_be_run() -> None:
    assert set(RUNS) == set(JOBS)


def test_failures_of_a_job_are_counted_from_none_on(crew: Crew) -> None:
    """Prometheus sees an increase only where there was a number before."""
    JobRunner(crew.deployment, {"never-failed": RUNS["sweep"]})
    assert b'consentry_job_failures_total{job="never-failed"} 0.0' in render()[0]


@pytest.fixture
def long_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was taken is held, however long a busy machine comes to nothing."""
    for module in ("taking", "queue", "performing"):
        monkeypatch.setattr(f"consentry_workers.{module}.LEASE", timedelta(hours=1))


@pytest.mark.usefixtures("long_lease")
async def test_two_pairs_of_hands_do_each_effect_once(crew: Crew, steps: Steps) -> None:
    crew.kinds["note"] = Kind(steps.note, waits=())
    ids = [await crew.cause("note") for _ in range(60)]
    async with crew.hands(2):
        for id in ids:
            found = await crew.ended(id)
            assert (found.state, found.outcome, found.attempts) == (DONE, "noted", 1)
    assert sorted(steps.did) == sorted(ids)


async def test_what_did_not_succeed_is_tried_by_its_schedule_until_it_is_dead(
    crew: Crew,
) -> None:
    tried = []

    async def refused(_: TenantContext, held: Effect) -> str:
        tried.append(held.attempts)
        raise Later(f"503 the {held.attempts}.")

    crew.kinds["refused"] = Kind(refused, waits=(0, 0))
    id = await crew.cause("refused")
    async with crew.hands():
        found = await crew.ended(id)
    assert tried == [1, 2, 3]
    assert (found.state, found.outcome) == (DEAD, "503 the 3.")


async def test_whoever_says_when_is_not_asked_before(crew: Crew) -> None:
    async def later(_: TenantContext, held: Effect) -> str:
        raise Later("429", after_s=3_600)

    crew.kinds["later"] = Kind(later, waits=(1, 1))
    id = await crew.cause("later")
    async with crew.hands():
        found = await crew.tried(id)
    assert found.state == WAITING
    assert found.due_at > crew.deployment.clock() + timedelta(minutes=59)


@pytest.mark.usefixtures("long_lease")
@pytest.mark.parametrize("error", [Never("gone"), RuntimeError("a secret")], ids=str)
async def test_one_that_cannot_be_done_is_dead_and_tells_no_secret(
    crew: Crew, error: Exception
) -> None:
    async def never(_: TenantContext, held: Effect) -> str:
        raise error

    crew.kinds["never"] = Kind(never, waits=(3_600,) if isinstance(error, Never) else ())
    id = await crew.cause("never")
    async with crew.hands():
        found = await crew.ended(id)
    assert (found.state, found.attempts) == (DEAD, 1)
    assert found.outcome == ("gone" if isinstance(error, Never) else "unexpected RuntimeError")


@pytest.mark.parametrize("way", ["embedded-sqlite"], indirect=True)
async def test_one_that_ends_the_process_each_time_is_given_up_untried(
    crew: Crew, steps: Steps
) -> None:
    """Who takes it counts it, and could never say how it went."""
    crew.kinds["note"] = Kind(steps.note, waits=(1, 1))
    most = 2 + 1 + SPARE_ATTEMPTS
    last, over = [await crew.cause("note", attempts=most - left) for left in (1, 0)]
    async with crew.hands():
        assert (await crew.ended(last)).state == DONE
        found = await crew.ended(over)
    assert (found.state, found.outcome) == (DEAD, "taken too often without an end")
    assert steps.did == [last]


async def test_one_that_takes_too_long_is_cut(crew: Crew, steps: Steps) -> None:
    crew.kinds["hold"] = Kind(steps.hold, waits=(), limit_s=0.1)
    id = await crew.cause("hold")
    async with crew.hands():
        found = await crew.ended(id)
    assert (found.state, found.outcome) == (DEAD, "not done within 0.1 s")


async def test_one_of_a_newer_release_waits_for_it(crew: Crew) -> None:
    """However often this one takes it: its attempts are for who can."""

    async def not_yet(_: TenantContext, held: Effect) -> str:
        raise NotYet

    crew.kinds["of a new sort"] = Kind(not_yet, waits=())
    ids = [await crew.cause(name) for name in ("unheard of", "of a new sort")]

    async def put_off() -> list[Effect]:
        found = [await crew.found(id) for id in ids]
        soon = crew.deployment.clock() + timedelta(seconds=30)
        return found if all(one.due_at > soon for one in found) else []

    async with crew.hands():
        found = await eventually(put_off)
    assert [(one.state, one.attempts) for one in found] == [(WAITING, 0)] * 2


async def test_nothing_is_done_for_a_tenant_that_is_disabled(crew: Crew, steps: Steps) -> None:
    """THREATS 38, 61"""
    crew.kinds["note"] = Kind(steps.note, waits=())
    await crew.world.add_tenant("sounds")
    store = crew.deployment.store
    row = await store.tenants.by_slug("sounds")
    assert row is not None
    row.disabled_at = crew.deployment.clock()
    await store.tenants.save(row)
    id = await crew.cause("note", "sounds")
    async with crew.hands():
        found = await crew.ended(id, "sounds")
    assert (found.state, steps.did) == (DROPPED, [])


async def test_an_effect_is_done_inside_its_own_tenant(crew: Crew) -> None:
    """THREATS 38"""
    seen: dict[UUID, str] = {}

    async def where(ctx: TenantContext, held: Effect) -> str:
        seen[held.effect_id] = ctx.tenant.slug
        return ctx.tenant.slug

    crew.kinds["where"] = Kind(where, waits=())
    await crew.world.add_tenant("sounds")
    wanted = {await crew.cause("where", slug): slug for slug in ("photos", "sounds")}
    async with crew.hands():
        for id, slug in wanted.items():
            await crew.ended(id, slug)
    assert seen == wanted


async def test_what_is_cut_short_by_the_end_is_handed_back(crew: Crew, steps: Steps) -> None:
    crew.kinds["hold"] = Kind(steps.hold, waits=())
    id = await crew.cause("hold")
    async with crew.hands():
        async with asyncio.timeout(LONGEST_S):
            await steps.has_begun.wait()
    found = await crew.found(id)
    assert (found.state, found.attempts) == (WAITING, 0)
    steps.may_go_on.set()
    async with crew.hands():
        assert (await crew.ended(id)).attempts == 1
    assert steps.did == [id]


async def test_one_tenants_slow_effects_leave_room_for_the_others(crew: Crew, steps: Steps) -> None:
    crew.kinds["hold"] = Kind(steps.hold, waits=())
    crew.kinds["note"] = Kind(steps.note, waits=())
    await crew.world.add_tenant("sounds")
    slow = [await crew.cause("hold") for _ in range(AT_ONCE + OF_ONE_TENANT)]
    quick = await crew.cause("note", "sounds")
    async with crew.hands():
        assert (await crew.ended(quick, "sounds")).state == DONE
        assert steps.did == [quick]
        steps.may_go_on.set()
        for id in slow:
            await crew.ended(id)
    assert sorted(steps.did) == sorted([quick, *slow])


@pytest.mark.parametrize("way", ["embedded-sqlite"], indirect=True)
async def test_a_tenant_is_opened_once_for_all_that_is_taken_at_once(
    crew: Crew, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    crew.kinds["note"] = Kind(steps.note, waits=())
    for _ in range(OF_ONE_TENANT):
        await crew.cause("note")
    store, now = crew.deployment.store, crew.deployment.clock()
    held = await store.effects.take(now, until=now + timedelta(seconds=9), limit=OF_ONE_TENANT)
    opened: list[UUID] = []
    get = type(store.tenants).get

    async def counted(self: Any, tenant_id: UUID) -> object:
        opened.append(tenant_id)
        if len(opened) == 1:
            raise Unavailable("for a moment")
        return await get(self, tenant_id)

    monkeypatch.setattr(type(store.tenants), "get", counted)
    performer = Performer(crew.deployment, crew.kinds)
    await performer.perform(held[0])
    assert (await crew.found(held[0].effect_id)).outcome == "the database was away"
    await asyncio.gather(*(performer.perform(one) for one in held[1:]))
    assert (len(steps.did), len(opened)) == (OF_ONE_TENANT - 1, 2)


def test_looks_past_busy_tenants_take_a_tenth_of_the_time() -> None:
    assert rest_s(0.016, took_some=True, is_busy=False) == 0
    assert rest_s(0.016, took_some=True, is_busy=True) == pytest.approx(9 * 0.016)
    assert POLL_S * 0.8 <= rest_s(0.016, took_some=False, is_busy=True) <= POLL_S * 1.2
    assert rest_s(9.0, took_some=False, is_busy=True) == LONGEST_REST_S


async def test_a_job_runs_in_one_place_at_a_time_and_again(
    crew: Crew, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(JOBS, "sweep", JOBS["sweep"].__class__("sweep", "counts", lambda _: 0))
    crew.runs["sweep"] = steps.count

    async def ran_often() -> bool:
        return len(steps.did) >= 3

    async with crew.hands(2):
        await eventually(ran_often)
    assert steps.most_at_once == 1
    (row,) = await crew.deployment.store.jobs.all()
    assert (row.rows, row.detail, row.error, row.is_running) == (3, {"seen": 3}, "", False)


async def test_a_job_that_fails_says_so_and_is_due_again(crew: Crew) -> None:
    async def fails(_: Deployment) -> Report:
        raise RuntimeError("a secret")

    crew.runs["sweep"] = fails

    async def failed() -> list[JobRow]:
        return [row for row in await crew.deployment.store.jobs.all() if row.error]

    async with crew.hands():
        (row,) = await eventually(failed)
    assert row.error == "unexpected RuntimeError; the log says more"
    assert row.succeeded_at is None
    assert row.due_at < crew.deployment.clock() + timedelta(seconds=34)


async def test_a_job_cut_short_by_the_end_is_due_at_once(crew: Crew) -> None:
    begun = asyncio.Event()

    async def lasts(_: Deployment) -> Report:
        begun.set()
        await asyncio.sleep(3_600)
        return Report()

    crew.runs["sweep"] = lasts
    async with crew.hands(), asyncio.timeout(LONGEST_S):
        await begun.wait()
    (row,) = await crew.deployment.store.jobs.all()
    assert (row.is_running, row.finished_at, row.error) == (False, None, "")
    assert row.due_at <= crew.deployment.clock()


@pytest.mark.parametrize("way", ["embedded-sqlite"], indirect=True)
async def test_a_run_goes_on_being_held_after_it_could_not_be_once(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consentry_workers.running.RENEW_S", 0.02)
    jobs, held, tries = crew.deployment.store.jobs, asyncio.Event(), []
    keep = type(jobs).keep

    async def once(self: Any, *given: Any) -> bool:
        tries.append(given)
        if len(tries) == 1:
            raise RuntimeError("unexpected")
        held.set()
        return await keep(self, *given)

    async def lasts(_: Deployment) -> Report:
        async with asyncio.timeout(LONGEST_S):
            await held.wait()
        return Report(1)

    monkeypatch.setattr(type(jobs), "keep", once)
    await jobs.ensure(["sweep"], crew.deployment.clock())
    assert await JobRunner(crew.deployment, {"sweep": lasts}).run("sweep")
    (row,) = await jobs.all()
    assert (row.rows, row.error) == (1, "")


async def test_a_paused_job_does_not_begin(crew: Crew, steps: Steps) -> None:
    jobs = crew.deployment.store.jobs
    await jobs.ensure(["sweep", "tenants"], crew.deployment.clock())
    await jobs.pause("sweep", crew.deployment.clock())
    ran = asyncio.Event()

    async def other(_: Deployment) -> Report:
        ran.set()
        return Report()

    crew.runs.update(sweep=steps.count, tenants=other)
    async with crew.hands(), asyncio.timeout(LONGEST_S):
        await ran.wait()
        assert steps.did == []


@pytest.mark.parametrize("way", ["arq-postgresql"], indirect=True)
async def test_the_queue_holds_json_and_nothing_that_runs(crew: Crew, steps: Steps) -> None:
    """THREATS 61"""
    crew.kinds["hold"] = Kind(steps.hold, waits=())
    await crew.cause("hold", payload={"to": "jane"})
    assert crew.redis_url is not None
    async with crew.hands(), Redis.from_url(crew.redis_url) as redis:
        async with asyncio.timeout(LONGEST_S):
            await steps.has_begun.wait()
        names = [name async for name in redis.scan_iter("arq:job:effect:*")]
        stored = [orjson.loads(await redis.get(name) or b"") for name in names]
        steps.may_go_on.set()
    assert len(stored) == 1
    assert "jane" not in str(stored), "what is to be done stands in the database alone"


@pytest.mark.parametrize("way", ["arq-postgresql"], indirect=True)
async def test_what_a_killed_worker_had_taken_blocks_the_queue_for_seconds(
    crew: Crew, steps: Steps
) -> None:
    """Nobody takes such a mark away but its end, and what is marked counts as being done; who
    lives renews it."""
    crew.kinds["hold"] = Kind(steps.hold, waits=())
    await crew.cause("hold")
    assert crew.redis_url is not None
    async with crew.hands(), Redis.from_url(crew.redis_url) as redis:
        async with asyncio.timeout(LONGEST_S):
            await steps.has_begun.wait()
        (mark,) = [name async for name in redis.scan_iter("arq:in-progress:effect:*")]
        left: list[int] = [await redis.pttl(mark)]

        async def is_renewed() -> bool:
            left.append(await redis.pttl(mark))
            return left[-1] > left[-2]

        await eventually(is_renewed)
        steps.may_go_on.set()
    assert 0 < max(left) <= 6_000


async def test_hands_outlive_what_nobody_expected_of_the_store(
    crew: Crew, steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    crew.kinds["note"] = Kind(steps.note, waits=())
    effects = type(crew.deployment.store.effects)
    failed: set[str] = set()

    def failing_once(name: str) -> None:
        works = getattr(effects, name)

        async def fails(self: object, *given: object, **more: object) -> object:
            if name not in failed:
                failed.add(name)
                raise RuntimeError("unexpected")
            return await works(self, *given, **more)

        monkeypatch.setattr(effects, name, fails)

    for name in ("take", "keep"):
        failing_once(name)
    async with crew.hands():

        async def have_failed() -> bool:
            return failed == {"take", "keep"}

        await eventually(have_failed)
        assert (await crew.ended(await crew.cause("note"))).state == DONE


@pytest.mark.parametrize("way", ["arq-postgresql"], indirect=True)
async def test_an_emptied_redis_loses_no_effect(crew: Crew, steps: Steps) -> None:
    """THREATS 58, 59"""
    crew.kinds["note"] = Kind(steps.note, waits=())
    assert crew.redis_url is not None
    async with Redis.from_url(crew.redis_url) as redis:
        ids = [await crew.cause("note") for _ in range(30)]
        async with crew.hands(2):
            await redis.flushdb()
            ids += [await crew.cause("note") for _ in range(30)]
            await redis.flushdb()
            for id in ids:
                assert (await crew.ended(id)).state == DONE
    assert set(steps.did) == set(ids)
