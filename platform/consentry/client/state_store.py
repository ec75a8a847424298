"""Where logins under way are kept between the redirect and the way back."""

import time
from collections.abc import Callable
from typing import Any, Final, Protocol

MAX_ENTRIES: Final = 100_000


class StateStore(Protocol):
    """Short-lived text under keys that nobody can guess. Give one to `OAuth(store=...)`."""

    async def put(self, key: str, value: str, ttl: int) -> None:
        """Keep a value for `ttl` seconds."""
        ...

    async def take(self, key: str) -> str | None:
        """The value, at most once: whoever takes it, nobody does again. None when gone."""
        ...


class MemoryStateStore:
    """In this process; for one process, and for tests.

    Holds 100 000 entries at most: past that the oldest goes first, so that nobody who only
    begins logins can fill the memory.
    """

    def __init__(
        self, *, clock: Callable[[], float] = time.time, max_entries: int = MAX_ENTRIES
    ) -> None:
        self._clock, self._max_entries = clock, max_entries
        self._entries: dict[str, tuple[float, str]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    async def put(self, key: str, value: str, ttl: int) -> None:
        """Keep a value for `ttl` seconds."""
        now = self._clock()
        # Oldest first. Lifetimes are much alike, so the dead stand at the front.
        while self._entries:
            oldest = next(iter(self._entries))
            if self._entries[oldest][0] > now and len(self._entries) < self._max_entries:
                break
            del self._entries[oldest]
        self._entries[key] = now + ttl, value

    async def take(self, key: str) -> str | None:
        """The value, at most once."""
        expires_at, value = self._entries.pop(key, (0.0, ""))
        return value if expires_at > self._clock() else None


class CacheStateStore:
    """A state store on a cache with async `get`, `set(key, value, seconds)` and `delete`.

    `redis.asyncio.Redis` is one. Its `getdel` is used where there is one, because reading and
    deleting in two steps lets two simultaneous callbacks through; the provider then still
    refuses the second use of a code (RFC 6749 §4.1.2).
    """

    def __init__(self, cache: Any) -> None:
        self._cache = cache

    async def put(self, key: str, value: str, ttl: int) -> None:
        """Keep a value for `ttl` seconds."""
        await self._cache.set(key, value, ttl)

    async def take(self, key: str) -> str | None:
        """The value, at most once."""
        if hasattr(self._cache, "getdel"):
            found = await self._cache.getdel(key)
        else:
            found = await self._cache.get(key)
            await self._cache.delete(key)
        return found.decode() if isinstance(found, bytes) else found


def as_state_store(given: Any) -> StateStore:
    """A state store, or a cache made into one."""
    if hasattr(given, "put") and hasattr(given, "take"):
        store: StateStore = given
        return store
    return CacheStateStore(given)
