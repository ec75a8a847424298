"""How the queue is reached: by the same address, and as carefully, as all that Redis is asked."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from consentry_workers.queue import open_queue
from store.line import line
from support import services
from web.origin import Certified


@pytest.fixture(scope="module")
def redis() -> Iterator[services.OwnRedis]:
    """One of the file's own."""
    with services.own_redis() as server:
        yield server


async def reached(url: str) -> bool:
    """Whether the queue is there; what was opened is closed again."""
    try:
        await (await open_queue(url)).aclose()
    except RedisError:
        return False
    return True


async def test_user_and_password_are_taken_from_the_address(redis: services.OwnRedis) -> None:
    """RFC 3986 §3.2.1: percent-encoded there."""
    async with Redis.from_url(redis.url) as server:
        await server.execute_command("ACL", "SETUSER", "hand", "on", ">p@ss/w:rd", "~*", "+@all")
    address = f"redis://%s@127.0.0.1:{urlsplit(redis.url).port}/"
    assert await reached(address % "hand:p%40ss%2Fw%3Ard")
    assert not await reached(address % "hand:p%40ss")


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
    async with line(redis.url) as wire:
        wire.go_dead()
        assert not await reached(wire.url)
