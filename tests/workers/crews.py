"""Crews that do effects and jobs: inside a process, or by a queue in Redis."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID, uuid4

from consentry.records.outbox import Effect
from consentry.tenancy.context import TenantContext
from consentry.tenancy.deployment import Deployment
from consentry_workers import embedded, queue
from consentry_workers.effects.kind import Kind
from consentry_workers.performing import Performer
from consentry_workers.report import Report
from consentry_workers.running import JobRunner, Run
from consentry_workers.taking import Taker
from support.world import World

T = TypeVar("T")
PATIENCE_S = 0.2
LONGEST_S = 60.0


@dataclass
class Crew:
    """Some hands on one deployment, by whichever way; `hands` begins, leaving it ends."""

    world: World
    redis_url: str | None
    kinds: dict[str, Kind] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)

    @property
    def deployment(self) -> Deployment:
        return self.world.deployment

    @asynccontextmanager
    async def hands(self, count: int = 1) -> AsyncIterator[None]:
        """So many at work while inside."""
        async with AsyncExitStack() as stack:
            for _ in range(count):
                await stack.enter_async_context(self._one())
            yield

    def _one(self) -> AbstractAsyncContextManager[None]:
        taker = Taker(self.deployment, Performer(self.deployment, self.kinds))
        runner = JobRunner(self.deployment, self.runs, shared_clock=self.world.shared_clock)
        if self.redis_url is None:
            return embedded.working(taker, runner)
        return _queued(self.deployment, self.redis_url, taker, runner)

    async def cause(self, kind: str, slug: str = "photos", **more: Any) -> UUID:
        """An effect of the tenant, due now."""
        now = self.deployment.clock()
        given: dict[str, Any] = {"created_at": now, "due_at": now, "effect_id": uuid4(), **more}
        one = Effect(tenant_id=self.world.tenants[slug], kind=kind, **given)
        await self.world.store(slug).outbox.add([one])
        return one.effect_id

    async def found(self, effect_id: UUID, slug: str = "photos") -> Effect:
        found = await self.world.store(slug).outbox.get(effect_id)
        assert found is not None
        return found

    async def ended(self, effect_id: UUID, slug: str = "photos") -> Effect:
        """The effect, once it waits no more."""

        async def look() -> Effect | None:
            found = await self.found(effect_id, slug)
            return found if found.finished_at is not None else None

        return await eventually(look)

    async def tried(self, effect_id: UUID) -> Effect:
        """The effect, once an attempt has an outcome."""

        async def look() -> Effect | None:
            found = await self.found(effect_id)
            return found if found.outcome else None

        return await eventually(look)


async def eventually(look: Callable[[], Awaitable[T | None]]) -> T:
    """What there is to see, as soon as there is something."""
    async with asyncio.timeout(LONGEST_S):
        while True:
            if found := await look():
                return found
            await asyncio.sleep(0.02)


@asynccontextmanager
async def _queued(
    deployment: Deployment, url: str, taker: Taker, runner: JobRunner
) -> AsyncIterator[None]:
    stop = asyncio.Event()
    working = asyncio.create_task(
        queue.work(deployment, url, stop, patience_s=PATIENCE_S, taker=taker, runner=runner)
    )
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(LONGEST_S):
            await working


class Steps:
    """Kinds and jobs that do what a test says, and remember what they did."""

    def __init__(self) -> None:
        self.did: list[UUID] = []
        self.at_once = self.most_at_once = 0
        self.may_go_on = asyncio.Event()
        self.has_begun = asyncio.Event()

    async def note(self, _: TenantContext, held: Effect) -> str:
        """Done at once."""
        self.did.append(held.effect_id)
        return "noted"

    async def hold(self, _: TenantContext, held: Effect) -> str:
        """Done when it may go on."""
        self.has_begun.set()
        await self.may_go_on.wait()
        self.did.append(held.effect_id)
        return "held"

    async def count(self, _: Deployment) -> Report:
        """A job that takes a moment."""
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.did.append(uuid4())
        await asyncio.sleep(0.05)
        self.at_once -= 1
        return Report(3, {"seen": 3})
