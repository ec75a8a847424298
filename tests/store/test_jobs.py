"""A job is run by one runner at a time, when it is due."""

import asyncio

from consentry.records.job import JobRow
from consentry.records.process import Process
from consentry.store.sql.jobs import NOBODY
from consentry.store.sql.store import SqlStore
from store.rows import HOUR, MINUTE, NOW, SECOND

SOON = NOW + 5 * SECOND


async def the_job(store: SqlStore) -> JobRow:
    (row,) = await store.jobs.all()
    return row


async def test_a_job_is_there_once_and_due(store: SqlStore, neighbour: SqlStore) -> None:
    for one in (store, neighbour):
        await one.jobs.ensure(["sweep", "keys"], NOW)
    await store.jobs.ensure(["sweep"], NOW + HOUR)
    assert [(row.name, row.due_at) for row in await store.jobs.all()] == [
        ("keys", NOW),
        ("sweep", NOW),
    ]


async def test_of_several_runners_one_begins(store: SqlStore, neighbour: SqlStore) -> None:
    await store.jobs.ensure(["sweep"], NOW)
    begun = await asyncio.gather(
        *(one.jobs.claim("sweep", name, now=NOW, until=SOON)
          for one, name in ((store, "a"), (neighbour, "b"), (store, "c")))
    )  # fmt: skip
    assert sorted(begun) == [False, False, True]
    row = await the_job(store)
    assert (row.runner, row.is_running) == ("abc"[begun.index(True)], True)


async def test_a_run_whose_runner_died_is_begun_again(store: SqlStore) -> None:
    await store.jobs.ensure(["sweep"], NOW)
    assert await store.jobs.claim("sweep", "a", now=NOW, until=SOON)
    assert await store.jobs.keep("sweep", "a", SOON + SECOND)
    assert not await store.jobs.claim("sweep", "b", now=SOON, until=SOON + MINUTE)
    assert await store.jobs.claim("sweep", "b", now=SOON + SECOND, until=SOON + MINUTE)
    # The first one lives after all: it has nothing to say any more.
    assert not await store.jobs.keep("sweep", "a", NOW + HOUR)
    late = JobRow(tenant_id=NOBODY, name="sweep", runner="a", due_at=NOW + HOUR, rows=9)
    assert not await store.jobs.finish(late)
    assert (await the_job(store)).rows == 0


async def test_one_put_off_by_a_clock_since_set_back_begins(store: SqlStore) -> None:
    await store.jobs.ensure(["sweep"], NOW + HOUR)
    assert not await store.jobs.claim("sweep", "a", now=NOW, until=SOON)
    assert not await store.jobs.claim("sweep", "a", now=NOW, until=SOON, latest=NOW + HOUR)
    assert await store.jobs.claim("sweep", "a", now=NOW, until=SOON, latest=NOW + MINUTE)


async def test_how_a_run_went_is_kept(store: SqlStore) -> None:
    await store.jobs.ensure(["sweep"], NOW)
    assert await store.jobs.claim("sweep", "a", now=NOW, until=SOON)
    ran = JobRow(
        tenant_id=NOBODY, name="sweep", runner="a", due_at=NOW + MINUTE, started_at=NOW,
        finished_at=SOON, succeeded_at=SOON, rows=3, duration_ms=5_000, detail={"nonce": 3},
    )  # fmt: skip
    assert await store.jobs.finish(ran)
    assert (await the_job(store)).model_dump() == ran.model_dump()
    assert not await store.jobs.finish(ran), "it ran once"
    assert not await store.jobs.claim("sweep", "a", now=SOON, until=SOON)


async def test_a_run_that_is_given_up_is_due_again(store: SqlStore) -> None:
    await store.jobs.ensure(["sweep"], NOW)
    assert await store.jobs.claim("sweep", "a", now=NOW, until=SOON)
    assert not await store.jobs.release("sweep", "b", NOW)
    assert await store.jobs.release("sweep", "a", NOW)
    assert not (await the_job(store)).is_running
    assert await store.jobs.claim("sweep", "b", now=NOW, until=SOON)


async def test_a_paused_job_waits(store: SqlStore) -> None:
    await store.jobs.ensure(["sweep"], NOW)
    assert await store.jobs.pause("sweep", NOW)
    assert not await store.jobs.claim("sweep", "a", now=NOW, until=SOON)
    assert await store.jobs.pause("sweep", None)
    assert await store.jobs.claim("sweep", "a", now=NOW, until=SOON)
    assert not await store.jobs.pause("sleep", NOW)


async def test_a_job_can_be_hastened_unless_it_runs(store: SqlStore) -> None:
    await store.jobs.ensure(["sweep"], NOW + HOUR)
    assert await store.jobs.hasten("sweep", NOW)
    assert await store.jobs.claim("sweep", "a", now=NOW, until=SOON)
    assert not await store.jobs.hasten("sweep", NOW)
    assert not await store.jobs.hasten("sleep", NOW)
    assert (await the_job(store)).due_at == SOON


async def test_a_job_whose_runner_died_can_be_hastened(store: SqlStore) -> None:
    """Where nobody takes it over: an operator runs it by hand then."""
    await store.jobs.ensure(["sweep"], NOW)
    assert await store.jobs.claim("sweep", "a", now=NOW, until=SOON)
    assert await store.jobs.hasten("sweep", SOON)


async def test_a_process_is_on_record_while_it_shows_itself(store: SqlStore) -> None:
    one, two = (
        Process(tenant_id=NOBODY, name=name, kind="serve", version="1", started_at=NOW, seen_at=NOW)
        for name in ("one", "two")
    )
    for process in (one, two):
        await store.processes.seen(process)
    one.seen_at = NOW + MINUTE
    await store.processes.seen(one)
    assert [row.name for row in await store.processes.all(NOW)] == ["one", "two"]
    (lately,) = await store.processes.all(NOW + SECOND)
    assert (lately.name, lately.started_at, lately.seen_at) == ("one", NOW, NOW + MINUTE)
    await store.processes.gone("one")
    assert await store.processes.all(NOW + SECOND) == []


async def test_a_run_that_failed_keeps_the_last_success(store: SqlStore) -> None:
    await store.jobs.ensure(["sweep"], NOW)
    for end, succeeded_at, error in ((SOON, SOON, ""), (NOW + HOUR, None, "no room")):
        assert await store.jobs.claim("sweep", "a", now=NOW, until=end)
        ran = JobRow(
            tenant_id=NOBODY, name="sweep", runner="a", due_at=NOW, started_at=NOW,
            finished_at=end, succeeded_at=succeeded_at, error=error,
        )  # fmt: skip
        assert await store.jobs.finish(ran)
    row = await the_job(store)
    assert (row.succeeded_at, row.finished_at, row.error) == (SOON, NOW + HOUR, "no room")
