"""A Redis that goes away, hangs or refuses, and requests that are cancelled."""

import asyncio
import json
import random
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis

from consentry import metrics
from consentry.redis_pool import ANSWER_S, CONNECT_S
from consentry.store.redis.link import Link
from consentry.store.redis.throttles import redis_throttles
from consentry.store.sql.store import SqlStore
from consentry.telemetry import configure_logging
from store.line import line
from store.rows import Place, at_once, place
from store.test_throttles import take
from support import services
from support.server import until
from web.origin import Certified

BURST = [0, 0, 0, 20]


@pytest.fixture(scope="module")
def own_redis() -> Iterator[services.OwnRedis]:
    """One whose rules a test may change."""
    with services.own_redis() as server:
        yield server


@pytest.fixture(autouse=True)
def slow_is_not_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may need long to connect."""
    for module in ("redis_pool", "store.redis.link"):
        monkeypatch.setattr(f"consentry.{module}.CONNECT_S", 2.0)


@asynccontextmanager
async def counted(database: str, url: str, *, answer_s: float = 5.0) -> AsyncIterator[Place]:
    """A place whose attempts are counted in Redis; slow machines do not count as away."""
    async with redis_throttles(url, answer_s=answer_s) as throttles_of:
        store = SqlStore(database, throttles_of=throttles_of)
        try:
            yield await place(store)
        finally:
            await store.close()


async def burst(here: Place, subject: str = "jane") -> list[int]:
    """One attempt more than there may be."""
    return [await take(here, subject=subject) for _ in range(4)]


def in_database(database: str) -> int:
    """How many subjects the database counts."""
    connection = sqlite3.connect(database.removeprefix("sqlite:///"))
    (count,) = connection.execute("SELECT count(*) FROM throttle").fetchone()
    connection.close()
    return int(count)


async def seen_up(up: bool) -> None:
    """Wait until the figure says so."""
    name = "consentry_redis_up"
    await asyncio.to_thread(until, lambda: metrics.registry.get_sample_value(name) == up)


async def test_every_key_is_its_tenants_and_has_an_end(
    sqlite_database: str, redis_url: str
) -> None:
    """THREATS 57: the time of the attempt, and five seconds for hosts whose clocks are behind."""
    async with counted(sqlite_database, redis_url) as here, Redis.from_url(redis_url) as redis:
        throttles = here.inside.throttles
        for subject in ("jane", "bob", "ann"):
            await take(here, subject=subject)
        await throttles.give_one_back("bob", count=3, period_s=60)
        await throttles.give_one_back("nobody", count=3, period_s=60)
        await throttles.give_back("ann")
        prefix = f"consentry:{here.tenant.tenant_id}:throttle:"
        keys = [key.decode() async for key in redis.scan_iter(f"*{here.tenant.tenant_id}*")]
        assert sorted(keys) == [f"{prefix}bob", f"{prefix}jane"]
        assert all([20_000 < await redis.pttl(key) <= 25_000 for key in keys])
    assert in_database(sqlite_database) == 0


async def test_a_redis_that_forgot_its_scripts_is_told_them_again(
    sqlite_database: str, redis_url: str
) -> None:
    async with counted(sqlite_database, redis_url) as here, Redis.from_url(redis_url) as redis:
        assert await take(here) == 0
        await redis.script_flush()
        assert await burst(here) == [0, 0, 20, 20]
    assert in_database(sqlite_database) == 0


async def test_attempts_are_counted_in_the_database_while_redis_is_away(
    sqlite_database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """THREATS 59: one more burst at a loss, never more; back by itself."""
    configure_logging("info")
    with services.own_redis() as server:
        async with counted(sqlite_database, server.url) as here:
            assert await burst(here) == BURST
            await asyncio.to_thread(server.stop)
            assert await burst(here) == BURST
            assert in_database(sqlite_database) == 1
            await seen_up(False)
            await asyncio.to_thread(server.start)
            await seen_up(True)
            assert await burst(here, "bob") == BURST
            assert in_database(sqlite_database) == 1
    said = [json.loads(one) for one in capsys.readouterr().err.splitlines()]
    about_redis = [one for one in said if one["event"].startswith("redis_")]
    assert [(one["event"], one["level"]) for one in about_redis] == [
        ("redis_lost", "warning"),
        ("redis_found", "info"),
    ]


async def test_who_is_away_is_looked_for_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """THREATS 59: it is found within 5 s of its return, pause and look together."""
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 20:
            raise asyncio.CancelledError

    by_our_clock = SimpleNamespace(**{**vars(asyncio), "sleep": sleep})
    monkeypatch.setattr("consentry.store.redis.link.asyncio", by_our_clock)
    nowhere = Link(f"redis://127.0.0.1:{services.free_port()}/0")
    with pytest.raises(asyncio.CancelledError):
        await nowhere.watch()
    assert len(pauses) == 20
    assert max(pauses) + CONNECT_S + ANSWER_S < 5


async def test_a_redis_that_hangs_is_waited_for_once_and_shortly(
    sqlite_database: str, redis_url: str
) -> None:
    """By many at once, and by nobody after that; for less than a second, unless told otherwise."""
    assert CONNECT_S + ANSWER_S < 1
    async with line(redis_url) as wire, counted(sqlite_database, wire.url, answer_s=1.0) as here:
        assert await take(here) == 0
        wire.go_dead()
        async with asyncio.timeout(20):
            # One after another they would wait for fifty seconds.
            waits = await at_once(*(take(here, subject=f"{n}") for n in range(50)))
        assert waits == [0] * 50
        asked = wire.held(b":throttle:")
        assert asked
        assert await burst(here) == BURST
        assert wire.held(b":throttle:") == asked
        wire.revive()
        await seen_up(True)
        assert await burst(here) == [0, 0, 20, 20]


async def test_a_cancelled_attempt_leaves_its_answer_to_nobody_else(
    sqlite_database: str, redis_url: str
) -> None:
    """THREATS 60, CVE-2023-28858"""
    async with line(redis_url) as wire, counted(sqlite_database, wire.url) as here:
        assert await take(here, count=1, subject="jane") == 0
        wire.go_dead()
        task = asyncio.create_task(take(here, count=1, subject="jane"))
        await wire.holds()
        task.cancel()
        wire.revive()
        assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], BaseException)
        waits = [await take(here, count=1, period_s=30, subject="bob") for _ in range(3)]
        assert waits == [0, 30, 30]
    assert in_database(sqlite_database) == 0


@pytest.mark.parametrize("seed", range(3))
async def test_no_order_of_cancellations_mixes_up_answers(
    sqlite_database: str, redis_url: str, seed: int
) -> None:
    """THREATS 60: every subject has a wait of its own."""
    chance = random.Random(seed)
    async with counted(sqlite_database, redis_url) as here:

        async def ask(n: int) -> int:
            return await take(here, count=1, period_s=100 + n, subject=f"{n}")

        assert await at_once(*map(ask, range(40))) == [0] * 40
        for _ in range(6):
            tasks = [asyncio.create_task(ask(n)) for n in range(40)]
            for _ in range(chance.randrange(40)):
                await asyncio.sleep(0)
            for task in chance.sample(tasks, 15):
                task.cancel()
            answers = await asyncio.gather(*tasks, return_exceptions=True)
            for n, answer in enumerate(answers):
                assert answer == 100 + n or isinstance(answer, asyncio.CancelledError)
        assert await at_once(*map(ask, range(40))) == [100 + n for n in range(40)]
    assert in_database(sqlite_database) == 0


# What Redis refuses


async def refusing(redis: Redis, url: str, how: str) -> str:
    """The URL to take when Redis shall refuse; one rule each."""
    if how == "the password":
        return url.replace(str(urlsplit(url).password), "not-the-password")
    if how == "writing":
        await redis.execute_command(
            "ACL", "SETUSER", "reader", "on", ">hush", "~*", "+@all", "-set"
        )  # type: ignore[no-untyped-call]
        return url.replace(f":{urlsplit(url).password}", "reader:hush")
    await redis.config_set("maxmemory" if how == "more memory" else "min-replicas-to-write", 1)
    return url


@pytest.mark.parametrize("how", ["the password", "writing", "more memory", "a lonely primary"])
async def test_a_redis_that_refuses_is_left_alone(
    sqlite_database: str, own_redis: services.OwnRedis, how: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Though it may well answer PING; the log says why, without the password."""
    configure_logging("info")
    async with Redis.from_url(own_redis.url) as redis:
        try:
            url = await refusing(redis, own_redis.url, how)
            async with counted(sqlite_database, url) as here:
                await seen_up(False)
                assert await burst(here) == BURST
                assert in_database(sqlite_database) == 1
        finally:
            await redis.config_set("maxmemory", 0)
            await redis.config_set("min-replicas-to-write", 0)
    said = capsys.readouterr().err
    assert said.count("redis_lost") == 1
    assert "not-the-password" not in said and "hush" not in said


async def test_a_user_of_its_own_needs_few_rights(
    sqlite_database: str, own_redis: services.OwnRedis
) -> None:
    rights = "~consentry:* +eval +evalsha +get +set +exists +decrby +del"
    async with Redis.from_url(own_redis.url) as redis:
        await redis.execute_command("ACL", "SETUSER", "app", "on", ">hush", *rights.split())
    url = own_redis.url.replace(f":{urlsplit(own_redis.url).password}", "app:hush")
    async with counted(sqlite_database, url) as here:
        assert await burst(here) == BURST
        await here.inside.throttles.give_one_back("jane", count=3, period_s=60)
        assert await take(here) == 0
        await here.inside.throttles.give_back("jane")
        assert await burst(here) == BURST
    assert in_database(sqlite_database) == 0


@pytest.mark.parametrize(
    ("host", "is_vouched_for", "counts_in_database"),
    [("localhost", True, 0), ("127.0.0.1", True, 1), ("localhost", False, 1)],
)
async def test_the_certificate_must_be_the_hosts_and_vouched_for(
    sqlite_database: str, redis_url: str, tmp_path: Path,
    host: str, is_vouched_for: bool, counts_in_database: int,
) -> None:  # fmt: skip
    """RFC 9525 §6: who could pose as Redis would decide who is throttled."""
    certified = Certified.make(tmp_path, "localhost")
    async with line(redis_url, tls=certified.server) as wire:
        url = wire.url.replace("redis:", "rediss:").replace("127.0.0.1", host)
        if is_vouched_for:
            url += f"?ssl_ca_certs={tmp_path / 'server.pem'}"
        async with counted(sqlite_database, url) as here:
            assert await burst(here) == BURST
    assert in_database(sqlite_database) == counts_in_database


async def test_a_redis_that_hangs_does_not_hold_up_the_end(
    sqlite_database: str, redis_url: str, tmp_path: Path
) -> None:
    """TLS says goodbye to one who does not answer."""
    certified = Certified.make(tmp_path, "localhost")
    async with line(redis_url, tls=certified.server) as end, line(end.url) as wire:
        url = wire.url.replace("redis:", "rediss:").replace("127.0.0.1", "localhost")
        url += f"?ssl_ca_certs={tmp_path / 'server.pem'}"
        async with counted(sqlite_database, url) as here:
            assert await take(here) == 0
            wire.go_dead()
            began = time.monotonic()
        assert time.monotonic() - began < 20, "asyncio waits thirty for a goodbye"
