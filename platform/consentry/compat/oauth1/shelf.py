"""Named values and marks in a cache."""

import json
from hashlib import sha256
from typing import Any

from consentry.resource.oauth1 import settled

from .caches import Cache


class Shelf:
    """One kind of values in a cache: dictionaries and marks under a prefix.

    Raises TypeError for a cache without `add`: reading first and writing then lets two equal
    requests through together.
    """

    def __init__(self, cache: Cache, prefix: str) -> None:
        if not callable(getattr(cache, "add", None)):
            raise TypeError(f"{type(cache).__name__} has no add(key, value, lifetime)")
        self._cache, self._prefix = cache, prefix

    async def read(self, *name: str) -> dict[str, Any] | None:
        """The dictionary kept under a name, None when absent."""
        found = await settled(self._cache.get(self._key(name)))
        kept = None if found is None else json.loads(found)
        return kept if isinstance(kept, dict) else None

    async def write(self, value: dict[str, Any], lifetime: int, *name: str) -> None:
        """Keep a dictionary of JSON values for `lifetime` seconds."""
        await settled(self._cache.set(self._key(name), json.dumps(value), lifetime))

    async def claim(self, lifetime: int, *name: str) -> bool:
        """Mark a name; False when it was marked already. Of many at once one gets True."""
        return bool(await settled(self._cache.add(self._key(name), "1", lifetime)))

    async def is_claimed(self, *name: str) -> bool:
        """Whether a name is marked."""
        return await settled(self._cache.get(self._key(name))) is not None

    async def drop(self, *name: str) -> None:
        """Forget what is kept under a name, or its mark."""
        await settled(self._cache.delete(self._key(name)))

    def _key(self, name: tuple[str, ...]) -> str:
        # Hashed as a list: no separator can be forged, no text from outside becomes a key.
        return self._prefix + sha256(json.dumps(name).encode()).hexdigest()
