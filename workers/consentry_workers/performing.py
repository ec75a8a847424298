"""One effect, done inside its tenant, with its outcome stored."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Final
from uuid import UUID

from consentry import tracing
from consentry.records.outbox import DEAD, DONE, DROPPED, Effect
from consentry.store.ports import Unavailable
from consentry.telemetry import get_logger
from consentry.tenancy.actor import OPERATORS
from consentry.tenancy.context import TenantContext, open_tenant
from consentry.tenancy.deployment import Deployment
from consentry.tenancy.operators import open_operators
from consentry_workers.effects import KINDS
from consentry_workers.effects.kind import Kind, Later, Moot, Never, NotYet
from consentry_workers.running import LEASE
from consentry_workers.set_clocks import JITTER, Recaller

KEPT_S: Final = 1.0
TENANTS_KEPT: Final = 1_000
UNKNOWN_WAIT_S: Final = 60
# One that ends the process each time it is tried must not do so for ever.
SPARE_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class _Settled:
    state: str
    outcome: str


@dataclass(frozen=True, slots=True)
class _PutOff:
    """outcome: None if it was not tried at all."""

    wait_s: float
    outcome: str | None


class Performer:
    """Does effects, several at once; opens their tenants, each at most once a second."""

    def __init__(self, deployment: Deployment, kinds: Mapping[str, Kind] = KINDS) -> None:
        self._deployment, self._kinds = deployment, kinds
        self.recaller = Recaller(deployment, kinds, LEASE)
        self._open: dict[UUID, tuple[float, asyncio.Task[TenantContext | None]]] = {}

    async def perform(self, held: Effect) -> None:
        """Do one that was taken, and store how it went.

        Raises Unavailable when that cannot be stored: it comes back. Cut short by the end of
        the process it is handed back as if it had not been taken.
        """
        effects, clock = self._deployment.store.effects, self._deployment.clock
        try:
            came = await self._outcome(held)
        except asyncio.CancelledError:
            await asyncio.shield(effects.put_off(held, due_at=clock(), outcome=None))
            raise
        if isinstance(came, _PutOff):
            due_at = clock() + timedelta(seconds=came.wait_s)
            await effects.put_off(held, due_at=due_at, outcome=came.outcome)
        else:
            await effects.settle(held, state=came.state, outcome=came.outcome, now=clock())
        if not isinstance(came, _Settled) or came.state != DONE:
            _log(held, came)

    async def _outcome(self, held: Effect) -> _Settled | _PutOff:
        kind = self._kinds.get(held.kind)
        if kind is None:
            return _PutOff(UNKNOWN_WAIT_S, None)
        if held.attempts > len(kind.waits) + 1 + SPARE_ATTEMPTS:
            return _Settled(DEAD, held.outcome or "taken too often without an end")
        try:
            return _Settled(DONE, await self._done(kind, held))
        except Never as reason:
            return _Settled(DEAD, str(reason))
        except NotYet:
            # It is no attempt: they would be used up before the process comes that can.
            return _PutOff(UNKNOWN_WAIT_S, None)
        except Moot as reason:
            return _Settled(DROPPED, str(reason))
        except Later as reason:
            return _again(kind, held, str(reason), reason.after_s)
        except TimeoutError:
            return _again(kind, held, f"not done within {kind.limit_s:g} s")
        except Unavailable:
            return _again(kind, held, "the database was away")
        except Exception as error:
            get_logger().exception("effect_failed", kind=held.kind, effect=str(held.effect_id))
            return _again(kind, held, f"unexpected {type(error).__name__}")

    async def _done(self, kind: Kind, held: Effect) -> str:
        ctx = await self._tenant(held.tenant_id)
        if ctx is None or ctx.tenant.is_disabled:
            raise Moot("the tenant is disabled or gone")
        with tracing.span(f"effect {held.kind}", {"consentry.tenant": ctx.tenant.slug}):
            async with asyncio.timeout(kind.limit_s):
                return await kind.do(ctx, held)

    async def _tenant(self, tenant_id: UUID) -> TenantContext | None:
        """The context of a tenant as it was a second ago at most; None where there is none."""
        at, opening = self._open.get(tenant_id, (0.0, None))
        if opening is None or monotonic() - at >= KEPT_S or _failed(opening):
            if len(self._open) >= TENANTS_KEPT:
                self._open.clear()
            opening = asyncio.create_task(self._opened(tenant_id))
            self._open[tenant_id] = (monotonic(), opening)
        # Many effects of one tenant are taken at once: who of them is cut short, alone is.
        return await asyncio.shield(opening)

    async def _opened(self, tenant_id: UUID) -> TenantContext | None:
        if tenant_id == OPERATORS:
            return await open_operators(self._deployment)
        row = await self._deployment.store.tenants.get(tenant_id)
        return None if row is None else await open_tenant(self._deployment, row)


def _failed(task: asyncio.Task[TenantContext | None]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _again(kind: Kind, held: Effect, outcome: str, after_s: int = 0) -> _Settled | _PutOff:
    """Another attempt by the kind's schedule, or the end of them."""
    if held.attempts > len(kind.waits):
        return _Settled(DEAD, outcome)
    # Jittered, so that what failed together does not come back together.
    wait_s = kind.waits[held.attempts - 1] * random.uniform(2 - JITTER, JITTER)  # noqa: S311
    return _PutOff(max(wait_s, after_s), outcome)


def _log(held: Effect, came: _Settled | _PutOff) -> None:
    state = came.state if isinstance(came, _Settled) else "waits"
    get_logger().info(
        "effect_not_done",
        tenant=str(held.tenant_id),
        kind=held.kind,
        effect=str(held.effect_id),
        attempt=held.attempts,
        # Not `state`: a value of that name is masked, as that of an authorization request is.
        result=state,
        outcome=came.outcome or "not known by this release",
    )
