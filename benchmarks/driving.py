"""Driving a server with visits: as fast as it answers, or at a pace of our own."""

import selectors
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.generator import Line
from benchmarks.visits import Visit

BUSY_LINES, PACED_LINES = 16, 48
_WAIT_S = 0.002


@dataclass(slots=True)
class Seen:
    """Seconds that answers took, by kind of request; visits that ended; seconds in all."""

    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    visits: int = 0
    seconds: float = 0.0

    @property
    def answers(self) -> int:
        """Of every kind."""
        return sum(map(len, self.took.values()))


class _Guest:
    """A connection, and the visit under way on it."""

    def __init__(self, port: int) -> None:
        self.line = Line(port)
        self._visit: Visit | None = None
        self._kind, self._late_s = "", 0.0

    def begin(self, visit: Visit, late_s: float) -> None:
        """Send a visit's first request, which should have been sent some time ago."""
        self._visit, self._late_s = visit, late_s
        self._kind, request = next(visit)
        self.line.send(request)

    def go_on(self, seen: Seen) -> bool:
        """Take what came, send what follows; whether the visit is over."""
        got = self.line.receive()
        if got is None or self._visit is None:
            return False
        seen.took[self._kind].append(got[1] + self._late_s)
        self._late_s = 0.0
        try:
            self._kind, request = self._visit.send(self.line.answer)
        except StopIteration:
            return True
        self.line.send(request)
        return False


def drive(
    port: int, visits: Iterator[Visit], seconds: float, a_second: float | None = None
) -> Seen:
    """Make visits until the time is over, then end those under way.

    a_second: visits that begin in a second whatever the server does, so that a wait for a free
    connection counts as part of the first answer; None for the next when one is over.
    Raises RuntimeError on an answer a visit did not expect.
    """
    seen, began = Seen(), time.perf_counter()
    most = PACED_LINES if a_second else BUSY_LINES
    free: list[_Guest] = []
    begun = busy = 0
    with selectors.DefaultSelector() as selector:
        while (now := time.perf_counter() - began) < seconds or busy:
            while busy < most and now < seconds and (not a_second or begun <= now * a_second):
                late = now - begun / a_second if a_second else 0.0
                # Opened when needed: the server cuts a connection on which nothing ever comes.
                guest = free.pop() if free else _opened(port, selector)
                guest.begin(next(visits), late)
                begun, busy = begun + 1, busy + 1
            for key, _ in selector.select(timeout=_WAIT_S):
                if key.data.go_on(seen):
                    free.append(key.data)
                    seen.visits, busy = seen.visits + 1, busy - 1
        for key in selector.get_map().values():
            key.data.line.socket.close()
    seen.seconds = time.perf_counter() - began
    return seen


def _opened(port: int, selector: selectors.BaseSelector) -> _Guest:
    guest = _Guest(port)
    selector.register(guest.line.socket, selectors.EVENT_READ, guest)
    return guest
