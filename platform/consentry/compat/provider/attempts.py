"""Wrong passwords, counted: what stands between the password grant and a guesser."""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Protocol


class Throttle(Protocol):
    """Counts failures by key. Where several processes answer, give one that they share."""

    async def is_open(self, key: str, now: datetime) -> bool:
        """Whether another try is allowed."""
        ...

    async def failed(self, key: str, now: datetime) -> None:
        """Count a wrong password."""
        ...


class Attempts:
    """A `Throttle` in memory: `most` failures in any `window_s` seconds from the first one.

    Holds at most `size` keys; the oldest make room.
    """

    def __init__(self, *, most: int = 5, window_s: int = 300, size: int = 10_000) -> None:
        self.most, self.size = most, size
        self.window = timedelta(seconds=window_s)
        self._seen: OrderedDict[str, tuple[datetime, int]] = OrderedDict()

    async def is_open(self, key: str, now: datetime) -> bool:
        began, count = self._seen.get(key, (now, 0))
        return count < self.most or now - began >= self.window

    async def failed(self, key: str, now: datetime) -> None:
        began, count = self._seen.get(key, (now, 0))
        if now - began >= self.window:
            began, count = now, 0
        self._seen[key] = began, count + 1
        if len(self._seen) > self.size:
            self._seen.popitem(last=False)
