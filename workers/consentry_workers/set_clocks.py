"""Clocks that were set: what waits for a time by the old clock does not wait for it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from consentry.store.ports import Unavailable
from consentry.telemetry import get_logger
from consentry.tenancy.deployment import Deployment
from consentry_workers.effects.kind import Kind

AHEAD: Final = timedelta(seconds=30)
"""How far the clock of another host may be ahead; a step back by less is waited out."""
JITTER: Final = 1.1
"""The longest a wait becomes by chance, in times its length."""
PATIENCE_S: Final = 3_600.0
"""How long a clock that was set ahead has to stay so before anything is deleted by it."""


class ClockWatch:
    """Notices that a clock was set, by one that never is."""

    def __init__(
        self, clock: Callable[[], datetime], tolerance: timedelta = AHEAD / 2,
        steady: Callable[[], float] = monotonic,
    ) -> None:  # fmt: skip
        self._clock, self._steady = clock, steady
        self._tolerance, self._known = tolerance, self._apart()

    def step(self) -> timedelta:
        """By how much it was set since the last `accept`; zero for what is within tolerance."""
        step = self._apart() - self._known
        return step if abs(step) > self._tolerance else timedelta()

    def accept(self) -> None:
        """The clock is right as it is."""
        self._known = self._apart()

    def _apart(self) -> timedelta:
        return self._clock() - datetime.fromtimestamp(0, self._clock().tzinfo) - timedelta(
            seconds=self._steady()
        )  # fmt: skip


class PatientClock:
    """A clock that follows one that was set ahead an hour later, and one set back at once.

    For what cannot be taken back: a nonce deleted by a clock that is ahead counts once more when
    the clock is right again.
    """

    def __init__(
        self, clock: Callable[[], datetime], steady: Callable[[], float] = monotonic
    ) -> None:
        self._clock, self._steady = clock, steady
        self._watch = ClockWatch(clock, steady=steady)
        self._ahead_since: float | None = None

    def __call__(self) -> datetime:
        """The time, aware UTC."""
        step = self._watch.step()
        if step > timedelta() and not self._has_stayed():
            return self._clock() - step
        self._watch.accept()
        self._ahead_since = None
        return self._clock()

    def _has_stayed(self) -> bool:
        if self._ahead_since is None:
            self._ahead_since = self._steady()
        return self._steady() - self._ahead_since >= PATIENCE_S


async def lead_of(
    clock: Callable[[], datetime], theirs: Callable[[], Awaitable[datetime | None]]
) -> timedelta:
    """How far a clock is ahead of the database's, which all hosts share; zero where it is not.

    Zero also for a database without a clock of its own: it is on this very host. The time the
    answer takes is none of it. Raises Unavailable.
    """
    ours = clock()
    shared = await theirs()
    return timedelta() if shared is None else max(ours - shared, timedelta())


class Recaller:
    """Has effects that wait for a time of a clock since set back come up again, and lets those
    in who were to wait for one."""

    def __init__(self, deployment: Deployment, kinds: Mapping[str, Kind], lease: timedelta) -> None:
        self._deployment, self._kinds, self._lease = deployment, kinds, lease
        self._watch = ClockWatch(deployment.clock)
        self._has_looked = False

    async def look(self) -> None:
        """Recall what waits too long if the clock was set back since the last time, or before
        this process began. Raises Unavailable: it is made up for the next time."""
        step = self._watch.step()
        if step < timedelta() or (not self._has_looked and await self._was_set_back()):
            await self._set_right()
        self._has_looked = True
        if step:
            self._watch.accept()

    async def _set_right(self) -> None:
        now, store = self._deployment.clock(), self._deployment.store
        effects = await store.effects.recall(now, self._latest(now))
        # Else who got a password wrong before would be refused until that time comes again.
        attempts = await store.forget_attempts(now + AHEAD)
        get_logger().warning("clock_set_back", effects=effects, attempts=attempts)

    async def _was_set_back(self) -> bool:
        """A process was seen at a time that is yet to come."""
        later = self._deployment.clock() + AHEAD
        return bool(await self._deployment.store.processes.all(later))

    def _latest(self, now: datetime) -> Mapping[str, Sequence[datetime]]:
        """By kind: until when its schedule can have it wait after no attempt, after one, …

        A receiver that asked for more is called once before its time.
        """
        soon = now + AHEAD
        return {
            name: [soon, *(soon + self._longest(wait_s) for wait_s in (*kind.waits, 0))]
            for name, kind in self._kinds.items()
        }

    def _longest(self, wait_s: float) -> timedelta:
        # One that is being done is due when its lease ends.
        return max(timedelta(seconds=wait_s * JITTER), self._lease)


async def look_safely(recaller: Recaller) -> None:
    """The same; a database that is away is asked again the next time."""
    try:
        await recaller.look()
    except Unavailable as error:
        get_logger().warning("effects_not_recalled", reason=str(error))
