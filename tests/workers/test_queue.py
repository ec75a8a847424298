"""How the queue is reached: by the same address, and as carefully, as all that Redis is asked."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from arq.worker import Worker
from redis.asyncio import Redis
from redis.exceptions import RedisError

from consentry.records.outbox import DONE
from consentry_workers import queue
from consentry_workers.effects.kind import Kind
from consentry_workers.performing import Performer
from consentry_workers.queue import open_queue
from consentry_workers.running import JobRunner
from consentry_workers.taking import Taker
from store.line import line
from support import services
from support.patience import NEVER_S
from web.origin import Certified
from workers.crews import LONGEST_S, Crew, Steps


@pytest.fixture(scope="module")
def redis() -> Iterator[services.OwnRedis]:
    """One of the file's own."""
    with services.own_redis() as server:
        yield server


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may need long to connect and to answer."""
    monkeypatch.setattr("consentry.redis_pool.CONNECT_S", NEVER_S)
    monkeypatch.setattr(queue, "ANSWER_S", NEVER_S)


async def reached(url: str) -> bool:
    """Whether the queue is there; what was opened is closed again."""
    try:
        await (await open_queue(url)).aclose()
    except RedisError:
        return False
    return True


@pytest.mark.usefixtures("patient")
async def test_user_and_password_are_taken_from_the_address(redis: services.OwnRedis) -> None:
    """RFC 3986 §3.2.1: percent-encoded there."""
    async with Redis.from_url(redis.url) as server:
        await server.execute_command("ACL", "SETUSER", "hand", "on", ">p@ss/w:rd", "~*", "+@all")
    address = f"redis://%s@127.0.0.1:{urlsplit(redis.url).port}/"
    assert await reached(address % "hand:p%40ss%2Fw%3Ard")
    assert not await reached(address % "hand:p%40ss")


@pytest.mark.usefixtures("patient")
async def test_its_certificate_must_be_the_hosts_and_vouched_for(
    redis: services.OwnRedis, tmp_path: Path
) -> None:
    """RFC 9525 §6: what runs next is read from there."""
    certified = Certified.make(tmp_path, "localhost")
    async with line(redis.url, tls=certified.server) as wire:
        there = wire.url.replace("redis:", "rediss:")
        here = there.replace("127.0.0.1", "localhost")
        vouched = f"?ssl_ca_certs={tmp_path / 'server.pem'}"
        assert await reached(here + vouched)
        assert not await reached(there + vouched)
        assert not await reached(here)


async def test_a_redis_that_hangs_is_an_error_soon(redis: services.OwnRedis) -> None:
    """Else a worker would wait for ever, and look alive."""
    async with line(redis.url) as wire, asyncio.timeout(NEVER_S):
        wire.go_dead()
        assert not await reached(wire.url)


class SlowLook:
    """A look into the queue that is held up when it has found something."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        self.has_found, self.may_begin = asyncio.Event(), asyncio.Event()
        begin = Worker.start_jobs

        async def begin_later(worker: Worker, found: list[bytes]) -> None:
            if any(name in one.decode() for one in found):
                self.has_found.set()
                await self.may_begin.wait()
            await begin(worker, found)

        monkeypatch.setattr(Worker, "start_jobs", begin_later)


@pytest.mark.parametrize("way", ["arq-postgresql"], indirect=True)
async def test_what_the_last_look_begins_is_finished_like_all_else(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut short, a receiver that was just called would be called again, by another worker."""
    first, second, stop = Steps(), Steps(), asyncio.Event()
    crew.kinds.update(first=Kind(first.hold, waits=()), second=Kind(second.hold, waits=()))
    taker = Taker(crew.deployment, Performer(crew.deployment, crew.kinds))
    runner = JobRunner(crew.deployment, crew.runs)
    work = queue.work(
        crew.deployment, str(crew.redis_url), stop, patience_s=LONGEST_S, taker=taker,
        runner=runner,
    )  # fmt: skip
    async with asyncio.timeout(LONGEST_S), asyncio.TaskGroup() as group:
        working = group.create_task(work)
        id = await crew.cause("first")
        await first.has_begun.wait()
        late = await crew.cause("second")
        look = SlowLook(monkeypatch, str(late))
        await look.has_found.wait()
        stop.set()
        await asyncio.wait([working], timeout=0.1)
        look.may_begin.set()
        await second.has_begun.wait()
        first.may_go_on.set()
        await crew.ended(id)
        ended, _ = await asyncio.wait([working], timeout=0.3)
        second.may_go_on.set()
    assert not ended
    found = await crew.found(late)
    assert (found.state, found.attempts, second.did) == (DONE, 1, [late])
