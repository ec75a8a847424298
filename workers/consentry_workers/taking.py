"""Effects taken from the outbox and done by this process, several at once."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from time import monotonic
from typing import Final
from uuid import UUID

from consentry.records.outbox import Effect
from consentry.store.ports import Unavailable
from consentry.telemetry import get_logger
from consentry.tenancy.deployment import Deployment
from consentry_workers.performing import Performer
from consentry_workers.running import LEASE, RENEW_S
from consentry_workers.set_clocks import look_safely

AT_ONCE: Final = 50
# Of one tenant, so that its slow receivers leave room for the others.
OF_ONE_TENANT: Final = 20
POLL_S: Final = 0.5
RESTS: Final = 9
"""Of a look past busy tenants, in times its length: it passes over all that they have due, 16 ms
for 100,000 rows, and shall take no more than a tenth of the time however many there are. (An index
by tenant would cost a search for each tenant with something waiting: 65 ms for 10,000.)"""
LONGEST_REST_S: Final = 10.0


class Taker:
    """Takes effects while there is room, and holds those being done."""

    def __init__(self, deployment: Deployment, performer: Performer | None = None) -> None:
        self._deployment = deployment
        self._performer = performer or Performer(deployment)
        self._doing: dict[asyncio.Task[None], Effect] = {}

    async def take_on(self) -> None:
        """Take and do effects until cancelled; what is being done then is handed back."""
        try:
            while True:
                began, busy = monotonic(), self._busy()
                took_some = await self._took_some(busy)
                spent_s = monotonic() - began
                await asyncio.sleep(rest_s(spent_s, took_some=took_some, is_busy=bool(busy)))
        finally:
            for task in self._doing:
                task.cancel()
            await asyncio.gather(*self._doing, return_exceptions=True)

    async def hold_on(self) -> None:
        """Hold what is being done, until cancelled."""
        while True:
            await look_safely(self._performer.recaller)
            await asyncio.sleep(RENEW_S)
            try:
                until = self._deployment.clock() + LEASE
                await self._deployment.store.effects.keep(list(self._doing.values()), until)
            except Unavailable as error:
                get_logger().warning("effects_not_held", reason=str(error))
            except Exception:
                get_logger().exception("effects_not_held")

    async def _took_some(self, busy: Sequence[UUID]) -> bool:
        room = AT_ONCE - len(self._doing)
        if room <= 0:
            return False
        now = self._deployment.clock()
        try:
            taken = await self._deployment.store.effects.take(
                now, until=now + LEASE, limit=min(room, OF_ONE_TENANT), busy=busy
            )
        except Unavailable as error:
            get_logger().warning("effects_wait", reason=str(error))
            return False
        except Exception:
            get_logger().exception("effects_not_taken")
            return False
        for held in taken:
            self._begin(held)
        return bool(taken)

    async def do(self, held: Effect) -> None:
        """Do one that was taken; it is held until it is done."""
        await self._begin(held)

    def _begin(self, held: Effect) -> asyncio.Task[None]:
        task = asyncio.create_task(self._do(held))
        self._doing[task] = held
        task.add_done_callback(self._doing.pop)
        return task

    def _busy(self) -> list[UUID]:
        counts = Counter(held.tenant_id for held in self._doing.values())
        return [tenant_id for tenant_id, count in counts.items() if count >= OF_ONE_TENANT]

    async def _do(self, held: Effect) -> None:
        try:
            await self._performer.perform(held)
        except Unavailable as error:
            get_logger().warning("effect_not_settled", reason=str(error), kind=held.kind)
        except Exception:
            get_logger().exception("effect_not_settled", kind=held.kind)


def rest_s(spent_s: float, *, took_some: bool, is_busy: bool) -> float:
    """Seconds until the next look, after one that took `spent_s`."""
    least = 0.0 if took_some else POLL_S * random.uniform(0.8, 1.2)  # noqa: S311
    return max(least, min(RESTS * spent_s, LONGEST_REST_S) if is_busy else 0.0)
