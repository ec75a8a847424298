"""What a process has gathered in memory is stored when it stops, once."""

import asyncio
from uuid import UUID

import asyncpg

from consentry.main import open_deployment
from consentry.records.usage import ALL
from consentry.settings import Settings
from consentry_workers import embedded
from support.services import free_port
from support.world import World, running_world
from workers.crews import eventually

BLOCKED = "select exists(select 1 from pg_locks where not granted and relation = 'usage'::regclass)"


def count_one(world: World) -> None:
    minute = int(world.clock().timestamp()) // 60
    tenant_id = world.tenants["photos"]
    world.deployment.usage.count(tenant_id, minute, "printer", "userinfo", "ok", 0.001)


async def test_what_is_being_stored_as_it_stops_is_stored_once(pg_database: str) -> None:
    other = await asyncpg.connect(pg_database)
    async with running_world(pg_database) as world:
        lock = other.transaction()
        await lock.start()
        await other.execute("lock table usage in exclusive mode")
        count_one(world)
        await eventually(lambda: other.fetchval(BLOCKED))
        stopping = asyncio.create_task(world.app.stop())
        # What comes before the end of its records.
        await eventually(lambda: other.fetchval("select count(*) = 0 from process"))
        await lock.rollback()
        await stopping
    rows = await other.fetch("select client_id, count from usage order by client_id")
    await other.close()
    assert [tuple(row) for row in rows] == [(ALL, 1), ("printer", 1)]


async def test_it_stops_although_nothing_can_be_stored() -> None:
    nowhere = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    settings = Settings(database_url=nowhere, secret_key="only-for-tests-" * 4)
    async with open_deployment(settings) as deployment, embedded.running(deployment):
        deployment.usage.count(UUID(int=1), 1, "", "userinfo", "ok", 0.001)
