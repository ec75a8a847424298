"""The jobs run by arq: a queue in Redis that all workers share.

The queue only says who does what next. What is to be done, and that it was, stands in the
database: an emptied Redis loses nothing. Jobs are JSON (never pickles, by which whoever can
write to Redis would run code in a worker).
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from socket import gethostname
from time import monotonic
from typing import Any, Final
from uuid import UUID

import orjson
from arq.connections import ArqRedis
from arq.constants import in_progress_key_prefix
from arq.cron import cron
from arq.worker import Worker, func
from redis.exceptions import RedisError

from consentry.records.outbox import WAITING
from consentry.redis_pool import redis_pool
from consentry.telemetry import get_logger
from consentry.tenancy.deployment import Deployment
from consentry_workers.running import LEASE, RENEW_S, JobRunner
from consentry_workers.set_clocks import ClockWatch
from consentry_workers.taking import AT_ONCE, OF_ONE_TENANT, Taker

QUEUE: Final = "consentry:jobs"
HEALTH: Final = f"{QUEUE}:health:{gethostname()}"
"""Where the workers of this host show themselves."""
HEALTH_EVERY_S: Final = 5
EVERY_SECOND: Final = set(range(60))
POLL_S: Final = 0.1
ANSWER_S: Final = 2.0
"""Longest wait for an answer of Redis: nothing here holds up a request."""
AGAIN_S: Final = 1.0
"""Before a lost Redis is tried again."""
# Longer than any run: one that is cut by it is due again.
LONGEST_RUN_S: Final = 3_600
CLOCK_STEP: Final = timedelta(seconds=3)
"""By more than this the clock was set; then the worker's own times mean nothing any more."""
SETTLING_S: Final = 1.0
"""For what runs to end before the worker begins anew."""
TAKEN_S: Final = 6
"""After which Redis lets a worker be dead that took something from the queue, unless it says
that it is at it: what a dead one took fills the room that there is for effects."""
RELAY_S: Final = 0.8
"""How long one relay goes on while there is something to do; there is one a second."""

Context = dict[str, Any]


async def open_queue(url: str) -> ArqRedis:
    """A connection to the queue, made as for all that we ask of Redis.

    Raises redis.exceptions.RedisError, OSError: a lost one is begun anew by us.
    """
    queue = ArqRedis(
        redis_pool(url, most=2 * AT_ONCE, answer_s=ANSWER_S),
        job_serializer=orjson.dumps,
        job_deserializer=orjson.loads,
        default_queue_name=QUEUE,
    )
    queue.auto_close_connection_pool = True
    try:
        await queue.ping()
    except BaseException:
        await queue.aclose()
        raise
    return queue


class QueueWorker(Worker):
    """A worker that tells when it has looked into the queue and begun what it found, and keeps
    what it does marked as taken."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # By itself it is the longest of all timeouts.
        self.in_progress_timeout_s = TAKEN_S
        self.has_looked = asyncio.Event()
        self._kept_at = monotonic()

    async def heart_beat(self) -> None:
        """What each look ends with."""
        await super().heart_beat()
        if monotonic() - self._kept_at > RENEW_S:
            self._kept_at = monotonic()
            await self._keep()
        self.has_looked.set()

    async def _keep(self) -> None:
        async with self.pool.pipeline(transaction=False) as pipe:
            for name, task in self.tasks.items():
                if not task.done():
                    pipe.expire(in_progress_key_prefix + name, TAKEN_S)
            await pipe.execute()


def make_worker(
    deployment: Deployment, redis: ArqRedis, taker: Taker, runner: JobRunner
) -> QueueWorker:
    """A worker of the queue, not started; signals are left to whoever runs it."""
    return QueueWorker(
        functions=[func(_effect, name="effect"), func(_job, name="job", timeout=LONGEST_RUN_S)],
        cron_jobs=[
            cron(_relay, name="relay", second=EVERY_SECOND, timeout=10),
            cron(_tick, name="tick", second=EVERY_SECOND, timeout=10),
        ],
        queue_name=QUEUE,
        redis_pool=redis,
        ctx={"deployment": deployment, "taker": taker, "runner": runner},
        handle_signals=False,
        max_jobs=AT_ONCE + 10,
        job_timeout=120,
        keep_result=0,
        poll_delay=POLL_S,
        max_tries=1_000,
        health_check_interval=HEALTH_EVERY_S,
        health_check_key=HEALTH,
        job_serializer=orjson.dumps,
        job_deserializer=orjson.loads,
        log_results=False,
    )


async def _relay(ctx: Context) -> None:
    """Put effects that are due into the queue, no more than will be begun at once."""
    deployment, redis = ctx["deployment"], ctx["redis"]
    until = monotonic() + RELAY_S
    while monotonic() < until:
        queued = await _queued(redis)
        room = min(AT_ONCE - queued.total(), OF_ONE_TENANT)
        busy = [tenant_id for tenant_id, count in queued.items() if count >= OF_ONE_TENANT]
        if room > 0 and not await _relay_some(deployment, redis, room, busy):
            return
        await asyncio.sleep(POLL_S / 2)


async def _queued(redis: ArqRedis) -> Counter[UUID]:
    """How many effects of each tenant are in the queue or being done."""
    names = [name.decode().split(":") for name in await redis.zrange(QUEUE, 0, -1)]
    return Counter(UUID(parts[1]) for parts in names if parts[0] == "effect")


async def _relay_some(
    deployment: Deployment, redis: ArqRedis, room: int, busy: Sequence[UUID]
) -> bool:
    effects, now = deployment.store.effects, deployment.clock()
    taken = await effects.take(now, until=now + LEASE, limit=room, busy=busy)
    for place, held in enumerate(taken):
        name = f"effect:{held.tenant_id}:{held.effect_id}:{held.attempts}"
        try:
            await redis.enqueue_job(
                "effect", str(held.tenant_id), str(held.effect_id), held.attempts, _job_id=name
            )
        except BaseException:
            for one in taken[place:]:
                await asyncio.shield(effects.put_off(one, due_at=now, outcome=None))
            raise
    return bool(taken)


async def _effect(ctx: Context, tenant_id: str, effect_id: str, attempt: int) -> None:
    """Do an effect, unless it was taken away from this queue meanwhile."""
    deployment, taker = ctx["deployment"], ctx["taker"]
    held = await deployment.store.inside(UUID(tenant_id)).outbox.get(UUID(effect_id))
    if held is not None and (held.state, held.attempts) == (WAITING, attempt):
        await taker.do(held)


async def _tick(ctx: Context) -> None:
    """Put jobs that are due into the queue, each once."""
    now = ctx["deployment"].clock()
    for name, due_at in await ctx["runner"].due():
        # One that was put off by a clock since set back has another name now than then.
        since = min(due_at, now)
        await ctx["redis"].enqueue_job(
            "job", name, _job_id=f"job:{name}:{int(since.timestamp() * 1_000)}"
        )


async def _job(ctx: Context, name: str) -> None:
    """Run a job if it is still due."""
    await ctx["runner"].run(name)


async def work(
    deployment: Deployment,
    url: str,
    stop: asyncio.Event,
    *,
    patience_s: float,
    taker: Taker | None = None,
    runner: JobRunner | None = None,
) -> None:
    """Work off the queue until told to stop, and again whenever Redis comes back.

    patience_s: seconds for what runs to end after that; then it is handed back.
    """
    taker, runner = taker or Taker(deployment), runner or JobRunner(deployment)
    while not stop.is_set():
        try:
            worker = make_worker(deployment, await open_queue(url), taker, runner)
            await _work_once(worker, stop, patience_s)
        except Exception as error:
            get_logger().warning("queue_lost", reason=type(error).__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(AGAIN_S):
                    await stop.wait()


def _time() -> datetime:
    """The time that arq goes by."""
    return datetime.now(UTC)


async def _clock_set() -> None:
    """Return when the clock was set."""
    watch = ClockWatch(_time, CLOCK_STEP)
    while True:
        await asyncio.sleep(1)
        if step := watch.step():
            get_logger().warning("clock_set", seconds=round(step.total_seconds()))
            return


async def bring_forward(redis: ArqRedis) -> int:
    """What stands in the queue for a time to come stands there for now; how many.

    We defer nothing by more than a second: what does was queued by a clock since set back.
    """
    now_ms = int(_time().timestamp() * 1_000)
    late = now_ms + int(CLOCK_STEP.total_seconds() * 1_000)
    names = await redis.zrangebyscore(QUEUE, late, "+inf")
    if names:
        await redis.zadd(QUEUE, dict.fromkeys(names, now_ms), xx=True)
    return len(names)


async def _work_once(worker: QueueWorker, stop: asyncio.Event, patience_s: float) -> None:
    """Until told to stop, or the clock was set: a new worker reckons by it.

    Raises redis.exceptions.RedisError, OSError when Redis is lost.
    """
    clock_set = asyncio.create_task(_clock_set())
    holding = asyncio.create_task(worker.ctx["taker"].hold_on())
    working, told = asyncio.create_task(worker.async_run()), asyncio.create_task(stop.wait())
    get_logger().info("worker_ready", runner=worker.ctx["runner"].name)
    try:
        await bring_forward(worker.pool)
        await asyncio.wait((working, told, clock_set), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            await working
        patience_s = min(patience_s, SETTLING_S) if clock_set.done() else patience_s
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await _ended(worker, working)
    finally:
        await _cut(holding, told, working, clock_set)
        await _closed(worker)


async def _ended(worker: QueueWorker, working: asyncio.Task[None]) -> None:
    """Take nothing more, and return when what runs has ended."""
    worker.allow_pick_jobs = False
    worker.has_looked.clear()
    # A look that is under way may begin something yet.
    looked = asyncio.create_task(worker.has_looked.wait())
    try:
        await asyncio.wait((looked, working), return_when=asyncio.FIRST_COMPLETED)
    finally:
        looked.cancel()
    if worker.tasks:
        await asyncio.wait(list(worker.tasks.values()))


async def _cut(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks, again where a client of Redis caught it as an error of its own."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=1.0)
    await asyncio.gather(*tasks, return_exceptions=True)


async def _closed(worker: Worker) -> None:
    """What still runs is cut short, by which it is handed back."""
    tasks = list(worker.tasks.values())
    # These alone: whoever waits for them passes the word on, and would cut what hands back.
    for task in worker.job_tasks.values():
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    with suppress(RedisError, OSError):
        await worker.pool.aclose()


async def is_working(url: str) -> bool:
    """Whether a worker of this host has shown itself in the last seconds."""
    redis = await open_queue(url)
    try:
        return await redis.get(HEALTH) is not None
    finally:
        await redis.aclose()
