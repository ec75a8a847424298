"""Workers that a test may kill, steady changes, and a ledger of what they were to cause."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from itertools import count
from secrets import token_hex

from pydantic import SecretStr

from consentry.main import open_deployment, system_clock
from consentry.operations import declared, webhooks
from consentry.operations.webhooks import Wanted
from consentry.records.outbox import DONE
from consentry.settings import Settings
from consentry.store.ports import Unavailable
from consentry.tenancy.actor import Actor
from consentry.tenancy.context import TenantContext, open_tenant
from support.server import Server
from web.origin import Origin, says, serving

ADA = Actor("user", "a" * 32, "ada", frozenset({"admin"}), address="203.0.113.9")
PAUSE_S, STEP_S = 0.05, 0.02


class Hands(Server):
    """`consentry worker`."""

    def _service(self) -> list[str]:
        return ["worker"]

    def _is_up(self) -> bool:
        return bool(self.events("worker_ready"))


class Changes:
    """Scopes that are declared, and the calls of a webhook that this causes.

    acknowledged: the names of those that were. unknown: of those that may have been.
    """

    def __init__(self, ctx: TenantContext, origin: Origin) -> None:
        self._ctx, self._origin, self._names = ctx, origin, count()
        self._prefix = f"scope-{token_hex(4)}"
        self.acknowledged: set[str] = set()
        self.unknown: set[str] = set()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def make(self, many: int = 1) -> None:
        """So many, one after another."""
        for _ in range(many):
            name = f"{self._prefix}-{next(self._names)}"
            try:
                await declared.create_scope(self._ctx, name, "")
            except Unavailable:
                self.unknown.add(name)
            else:
                self.acknowledged.add(name)

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Steadily, while inside."""
        ending = asyncio.Event()

        async def on() -> None:
            while not ending.is_set():
                await self.make()
                await asyncio.sleep(PAUSE_S)

        async with asyncio.TaskGroup() as group:
            group.create_task(on())
            try:
                yield
            finally:
                ending.set()

    def calls(self) -> dict[str, list[str]]:
        """The webhook-ids that arrived about each scope."""
        found: dict[str, list[str]] = defaultdict(list)
        for head, body in zip(self._origin.heads, self._origin.bodies, strict=True):
            lines = (line.partition(": ") for line in head.split("\r\n"))
            ids = [value for name, _, value in lines if name.lower() == "webhook-id"]
            (name,) = [one for one in body.decode().split('"') if one.startswith(self._prefix)][:1]
            found[name] += ids
        return found

    async def arrive(self, seconds: float) -> None:
        """Wait until each acknowledged one has; whatever arrived was a change, under one id."""
        with suppress(AssertionError):
            await eventually(self._have_arrived, seconds)
        calls = self.calls()
        missing = self.acknowledged - set(calls)
        assert not missing, await self._waiting()
        assert set(calls) <= self.acknowledged | self.unknown
        assert all(len(set(ids)) == 1 for ids in calls.values())

    async def _waiting(self) -> list[tuple[str, int, str, datetime]]:
        """How far effects are that were not done: state, attempts, outcome, when they are due."""
        found = await self._ctx.store.outbox.page("webhook", limit=5_000)
        return [
            (one.state, one.attempts, one.outcome, one.due_at)
            for one in found
            if one.state != DONE or one.attempts > 1
        ]

    def _have_arrived(self) -> bool:
        return self.acknowledged <= set(self.calls())

    def doubled(self) -> set[str]:
        """Those that arrived more than once."""
        return {name for name, ids in self.calls().items() if len(ids) > 1}


async def eventually(claim: Callable[[], bool], seconds: float) -> None:
    """Until it is true; AssertionError if it does not come true in time."""
    for _ in range(int(seconds / STEP_S)):
        if claim():
            return
        await asyncio.sleep(STEP_S)
    raise AssertionError("it did not come true in time")


@asynccontextmanager
async def changing(
    database_url: str, clock: Callable[[], datetime] = system_clock
) -> AsyncIterator[Changes]:
    """Of the tenant `photos`, made by a process of its own: this one."""

    async def answer(origin: Origin, writer: asyncio.StreamWriter) -> None:
        await made.may_answer.wait()
        await says(b"", status="204 No Content")(origin, writer)

    settings = Settings(
        database_url=database_url, secret_key=SecretStr("only-for-tests-" * 4),
        fetch_private_addresses=True,
    )  # fmt: skip
    async with serving(answer) as origin, open_deployment(settings, clock) as deployment:
        tenant = await deployment.store.tenants.by_slug("photos")
        assert tenant is not None
        ctx = (await open_tenant(deployment, tenant)).acting(ADA)
        wanted = Wanted(url=origin.url("/hook"), description="", events=("scope.*",))
        await webhooks.create_webhook(ctx, wanted)
        made = Changes(await again(ctx), origin)
        yield made


async def again(ctx: TenantContext) -> TenantContext:
    """The tenant as it is stored now."""
    row = await ctx.deployment.store.tenants.get(ctx.tenant.tenant_id)
    assert row is not None
    return (await open_tenant(ctx.deployment, row)).acting(ADA)
