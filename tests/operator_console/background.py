"""What an operator may find in the background: jobs that ran, and effects tried in vain."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from consentry.records.job import JobRow
from consentry.records.outbox import DEAD, Effect
from consentry.records.process import Process
from consentry.tenancy.actor import OPERATORS
from support.world import World

RUNNER = "a runner"


async def ran(world: World, name: str = "sweep", **told: object) -> None:
    """A job has run. told: what its row says of it."""
    jobs, now = world.deployment.store.jobs, world.clock()
    await jobs.ensure([name], now)
    await jobs.hasten(name, now)
    assert await jobs.claim(name, RUNNER, now=now, until=now + timedelta(seconds=5))
    row: dict[str, Any] = {
        "tenant_id": OPERATORS, "name": name, "runner": RUNNER, "due_at": now, "started_at": now,
        "finished_at": now, "succeeded_at": now, **told,
    }  # fmt: skip
    assert await jobs.finish(JobRow(**row))


async def died(world: World, outcome: str = "503", count: int = 1) -> list[Effect]:
    """Effects of the tenant `photos` that were tried in vain, the last one first."""
    made = []
    for _ in range(count):
        made.append(await waiting(world))
    until = world.clock() + timedelta(hours=1)
    held = await world.deployment.store.effects.take(world.clock(), until=until, limit=100)
    for at, one in enumerate(held):
        now = world.clock() + timedelta(milliseconds=at)
        await world.deployment.store.effects.settle(one, state=DEAD, outcome=outcome, now=now)
    return held[::-1]


async def waiting(world: World) -> Effect:
    """An effect that is due."""
    now, tenant_id = world.clock(), world.tenants["photos"]
    one = Effect(
        tenant_id=tenant_id, effect_id=uuid4(), kind="webhook", subject="a-webhook",
        created_at=now, due_at=now,
    )  # fmt: skip
    await world.store().outbox.add([one])
    return one


async def seen(world: World, kind: str = "serve", version: str = "0.1.0") -> str:
    """A process that showed itself just now; its name."""
    now, name = world.clock(), f"host:{uuid4().hex}"
    await world.deployment.store.processes.seen(
        Process(
            tenant_id=OPERATORS, name=name, kind=kind, version=version, started_at=now, seen_at=now
        )
    )
    return name


async def state_of(world: World, tenant_id: UUID, effect_id: UUID) -> str:
    """`waiting`, `dead`, …"""
    found = await world.deployment.store.inside(tenant_id).outbox.get(effect_id)
    assert found is not None
    return found.state
