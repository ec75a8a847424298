"""One exercise for each way to run jobs: embedded on either database, and arq on Redis."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from support.world import running_world
from workers.crews import Crew, Steps

WAYS = {
    "embedded-sqlite": ("sqlite_database", None),
    "embedded-postgresql": ("pg_database", None),
    "arq-postgresql": ("pg_database", "redis_url"),
}


@pytest.fixture(params=list(WAYS))
def way(request: pytest.FixtureRequest) -> tuple[str, str | None]:
    """URLs of a migrated database and, for a queue, of Redis."""
    database, redis = WAYS[request.param]
    url = str(request.getfixturevalue(redis)) if redis else None
    return str(request.getfixturevalue(database)), url


@pytest.fixture
async def crew(way: tuple[str, str | None]) -> AsyncIterator[Crew]:
    """A crew without hands, and a world for it to work in."""
    database_url, redis_url = way
    if redis_url is not None:
        async with Redis.from_url(redis_url) as emptied:
            await emptied.flushdb()
    async with running_world(database_url) as world:
        yield Crew(world, redis_url)


@pytest.fixture
def steps() -> Steps:
    """What kinds and jobs of a test do."""
    return Steps()
