"""A vault for tokens: whose they are, of which provider, sealed wherever they lie."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Protocol
from weakref import WeakValueDictionary

import orjson

from consentry.crypto.seal import Sealer, Unsealable

from .tokens import KeptToken, OAuth1Token, OAuth2Token


class TokenVault(Protocol):
    """Tokens by owner (an app's user, in its own words) and provider. `OAuth(vault=...)`."""

    async def load(self, owner: str, name: str) -> KeptToken | None:
        """What is kept, or None."""
        ...

    async def save(self, owner: str, token: KeptToken) -> None:
        """Keep a token, in place of the one of the same provider."""
        ...

    async def delete(self, owner: str, name: str) -> None:
        """Forget one; silent when there is none."""
        ...

    def lock(self, owner: str, name: str) -> AbstractAsyncContextManager[object]:
        """Held while a token is renewed. With several processes it should reach over all."""
        ...


class Blobs(Protocol):
    """What a sealed vault needs of a store: bytes by key, kept until deleted."""

    async def get(self, key: str) -> bytes | None:
        """The bytes, or None."""
        ...

    async def set(self, key: str, value: bytes) -> object:
        """Keep bytes."""
        ...

    async def delete(self, key: str) -> object:
        """Forget them."""
        ...


class _Locks:
    """A lock per token, for as long as somebody holds or awaits it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    def lock(self, owner: str, name: str) -> AbstractAsyncContextManager[object]:
        """Held while a token is renewed, in this process."""
        lock = self._locks.get((owner, name))
        if lock is None:
            lock = self._locks[owner, name] = asyncio.Lock()
        return lock


class MemoryVault(_Locks):
    """In this process; for tests and tools."""

    def __init__(self) -> None:
        super().__init__()
        self._tokens: dict[tuple[str, str], KeptToken] = {}

    async def load(self, owner: str, name: str) -> KeptToken | None:
        """What is kept, or None."""
        return self._tokens.get((owner, name))

    async def save(self, owner: str, token: KeptToken) -> None:
        """Keep a token, in place of the one of the same provider."""
        self._tokens[owner, token.name] = token

    async def delete(self, owner: str, name: str) -> None:
        """Forget one; silent when there is none."""
        self._tokens.pop((owner, name), None)


class SealedVault(_Locks):
    """On any store of bytes, encrypted there (AES-256-GCM-SIV, RFC 8452).

    key: 32 random bytes that the store does not see. Owner and provider are bound into what is
    sealed, so a blob moved to another owner opens for nobody.
    """

    def __init__(self, blobs: Blobs, key: bytes) -> None:
        super().__init__()
        self._blobs, self._sealer = blobs, Sealer(key)

    async def load(self, owner: str, name: str) -> KeptToken | None:
        """What is kept, or None.

        Raises consentry.crypto.seal.Unsealable if it was altered, moved or sealed with another
        key.
        """
        sealed = await self._blobs.get(_key(owner, name))
        if sealed is None:
            return None
        raw = self._sealer.unseal(sealed, context=_key(owner, name).encode())
        kind, *values = orjson.loads(raw)
        if kind == 1:
            return OAuth1Token(name, *values)
        if kind == 2:
            return OAuth2Token(name, *values)
        raise Unsealable("not a kind of token known here")

    async def save(self, owner: str, token: KeptToken) -> None:
        """Keep a token, in place of the one of the same provider."""
        if isinstance(token, OAuth1Token):
            told: list[object] = [1, token.oauth_token, token.oauth_token_secret]
        else:
            told = [2, token.token_type, token.access_token, token.refresh_token, token.expires_at]
        key = _key(owner, token.name)
        sealed = self._sealer.seal(orjson.dumps(told), context=key.encode())
        await self._blobs.set(key, sealed)

    async def delete(self, owner: str, name: str) -> None:
        """Forget one; silent when there is none."""
        await self._blobs.delete(_key(owner, name))


def _key(owner: str, name: str) -> str:
    """JSON, so that no two pairs share a key."""
    return f"consentry-token:{orjson.dumps([name, owner]).decode()}"
