"""Where what lives for minutes is kept: any cache with `get`, `set`, `add` and `delete`."""

import heapq
import time
from collections.abc import Callable
from typing import Any, Protocol

from consentry.crypto import base64url
from consentry.crypto.seal import Sealer, Unsealable
from consentry.resource.oauth1 import settled

Clock = Callable[[], float]
"""Seconds since 1970."""


class Cache(Protocol):
    """The cache of an app; each method may be asynchronous. `lifetime` is in seconds.

    Several processes have to share one, or they do not know what the others have seen.
    """

    def get(self, key: str, /) -> Any:
        """The value, None when absent or past its time."""

    def set(self, key: str, value: str, lifetime: int, /) -> Any:
        """Keep a value, whatever was there."""

    def add(self, key: str, value: str, lifetime: int, /) -> Any:
        """Keep a value where there is none, in one step; whether it was kept."""

    def delete(self, key: str, /) -> Any:
        """Forget it, if it is there."""


class MemoryCache:
    """A cache inside one process: for tests, and for an app of a single process."""

    def __init__(self, clock: Clock = time.time) -> None:
        self._clock = clock
        self._values: dict[str, tuple[str, float]] = {}
        self._ends: list[tuple[float, str]] = []

    async def get(self, key: str) -> str | None:
        """The value; None when absent or past its time."""
        value, ends_at = self._values.get(key, (None, 0.0))
        return value if self._clock() < ends_at else None

    async def set(self, key: str, value: str, lifetime: int) -> None:
        """Keep a value for `lifetime` seconds."""
        self._keep(key, value, lifetime)

    async def add(self, key: str, value: str, lifetime: int) -> bool:
        """Keep a value where there is none; nothing else runs between look and leap."""
        value_there, ends_at = self._values.get(key, (None, 0.0))
        if value_there is not None and self._clock() < ends_at:
            return False
        self._keep(key, value, lifetime)
        return True

    async def delete(self, key: str) -> None:
        """Forget it."""
        self._values.pop(key, None)

    def _keep(self, key: str, value: str, lifetime: int) -> None:
        self._sweep()
        ends_at = self._clock() + lifetime
        self._values[key] = (value, ends_at)
        heapq.heappush(self._ends, (ends_at, key))

    def _sweep(self) -> None:
        """Drop what is past its time, so that memory holds only what lives."""
        now = self._clock()
        while self._ends and self._ends[0][0] <= now:
            ends_at, key = heapq.heappop(self._ends)
            if self._values.get(key, ("", 0.0))[1] == ends_at:
                del self._values[key]


class RedisCache:
    """A Redis client (`redis.asyncio.Redis`, or one that works alike) as a cache."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def get(self, key: str) -> Any:
        """The value in bytes or text, None when absent."""
        return await settled(self._client.get(key))

    async def set(self, key: str, value: str, lifetime: int) -> None:
        """`SET … EX`."""
        await settled(self._client.set(key, value, ex=lifetime))

    async def add(self, key: str, value: str, lifetime: int) -> bool:
        """`SET … EX … NX`."""
        return bool(await settled(self._client.set(key, value, ex=lifetime, nx=True)))

    async def delete(self, key: str) -> None:
        """`DEL`."""
        await settled(self._client.delete(key))


class SealedCache:
    """Another cache whose values are encrypted, each bound to its key (THREATS 52).

    An HMAC signature needs the secret itself, so a digest would not do.
    key: 32 bytes; a value sealed under another one is as absent.
    """

    def __init__(self, cache: Cache, key: bytes) -> None:
        self._cache, self._sealer = cache, Sealer(key)

    async def get(self, key: str) -> str | None:
        """The value; None when absent or not sealed under our key."""
        found = await settled(self._cache.get(key))
        if found is None:
            return None
        text = found.decode() if isinstance(found, bytes) else str(found)
        try:
            return self._sealer.unseal(base64url.decode(text), context=key.encode()).decode()
        except (Unsealable, ValueError):
            return None

    async def set(self, key: str, value: str, lifetime: int) -> None:
        """Keep it sealed."""
        await settled(self._cache.set(key, self._sealed(key, value), lifetime))

    async def add(self, key: str, value: str, lifetime: int) -> bool:
        """Keep it sealed where there is none."""
        return bool(await settled(self._cache.add(key, self._sealed(key, value), lifetime)))

    async def delete(self, key: str) -> None:
        """Forget it."""
        await settled(self._cache.delete(key))

    def _sealed(self, key: str, value: str) -> str:
        return base64url.encode(self._sealer.seal(value.encode(), context=key.encode()))
