"""Caches an app may bring."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest

from compat.oauth1.photos import Photos, SetClock, Signer
from consentry.compat.oauth1 import (
    MemoryCache,
    RedisCache,
    SealedCache,
    create_exists_nonce_func,
)
from consentry.compat.oauth1.shelf import Shelf
from consentry.compat.oauth1.temporary import TemporaryCredentials


class PlainCache:
    """A cache without `async`, as Django's and cachelib's are."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def get(self, key: str) -> str | None:
        return self.values.get(key)

    def set(self, key: str, value: str, timeout: int) -> None:
        self.values[key] = value

    def add(self, key: str, value: str, timeout: int) -> bool:
        if key in self.values:
            return False
        self.values[key] = value
        return True

    def delete(self, key: str) -> None:
        self.values.pop(key, None)


@pytest.fixture(params=["memory", "plain", "sealed", "redis"])
async def cache(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    """Each kind of cache."""
    if request.param != "redis":
        memory = MemoryCache()
        kinds = {
            "memory": memory,
            "plain": PlainCache(),
            "sealed": SealedCache(memory, secrets.token_bytes(32)),
        }
        yield kinds[request.param]
        return
    # What the tests' Redis server comes with, where it does.
    redis = pytest.importorskip("redis.asyncio")
    client = redis.Redis.from_url(request.getfixturevalue("redis_url"))
    yield RedisCache(client)
    await client.aclose()


async def test_a_value_is_kept_and_forgotten(cache: Any) -> None:
    """S0 get_temporary_credential

    S0 delete_temporary_credential: over any cache
    """
    kept = TemporaryCredentials(cache, f"{secrets.token_hex(4)}:", 600)
    token = {"oauth_token": "t", "oauth_token_secret": "s"}
    made = await kept.create(token, "printer", "oob")
    assert await kept.get("t") == made
    changed = await kept.authorize(made, "person", "12345678")
    assert await kept.get("t") == changed
    assert changed.get_user_id() == "person"
    await kept.delete("t")
    await kept.delete(None)
    assert await kept.get("t") is None
    assert await kept.get(None) is None


async def test_a_mark_has_one_winner(cache: Any) -> None:
    """S0 exists_nonce: `add` in one step"""
    shelf = Shelf(cache, f"{secrets.token_hex(4)}:")
    won = await asyncio.gather(*(shelf.claim(60, "a", "b") for _ in range(20)))
    assert sorted(won) == [False] * 19 + [True]
    assert await shelf.is_claimed("a", "b")
    await shelf.drop("a", "b")
    assert await shelf.claim(60, "a", "b")


def test_a_cache_without_add_is_refused() -> None:
    """S0 exists_nonce: read then write is no answer"""

    class Old:
        def get(self, key: str) -> None: ...
        def set(self, key: str, value: str, timeout: int) -> None: ...
        def delete(self, key: str) -> None: ...

    with pytest.raises(TypeError, match="Old has no add"):
        create_exists_nonce_func(Old())  # type: ignore[arg-type]


async def test_secrets_are_sealed_where_they_rest() -> None:
    """S0 create_temporary_credential: secret sealed at rest"""
    inner, key = PlainCache(), secrets.token_bytes(32)
    kept = TemporaryCredentials(SealedCache(inner, key), "t:", 600)
    await kept.create({"oauth_token": "t", "oauth_token_secret": "s3cr3t"}, "printer", None)
    (name,) = inner.values
    assert "s3cr3t" not in inner.values[name]
    assert await kept.get("t") is not None
    stranger = TemporaryCredentials(SealedCache(inner, secrets.token_bytes(32)), "t:", 600)
    assert await stranger.get("t") is None
    inner.values["t:moved"] = inner.values.pop(name)
    assert await SealedCache(inner, key).get("t:moved") is None


async def test_memory_holds_only_what_lives() -> None:
    """PARITY 1.3 Purge: cache expiry"""
    clock = SetClock()
    cache = MemoryCache(clock)
    for number in range(10):
        await cache.set(str(number), "x", 10)
    await cache.set("1", "longer", 30)
    clock.now += 11
    await cache.add("new", "x", 10)
    assert set(cache._values) == {"1", "new"}
    assert await cache.get("1") == "longer"


async def test_a_provider_runs_over_a_cache_of_any_kind(cache: Any) -> None:
    """S0 CacheAuthorizationServer: over any cache"""
    photos = Photos(kind="none")
    photos.cache = cache
    photos.server = photos.cached()
    assert await Signer(photos).bought()
