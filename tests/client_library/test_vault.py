"""Where an app keeps its users' tokens."""

import asyncio
import secrets

import pytest

from consentry.client import MemoryVault, OAuth1Token, OAuth2Token, SealedVault, TokenVault
from consentry.client.tokens import kept
from consentry.crypto.seal import Unsealable

LONG = "x" * 5000
FIRST = OAuth1Token("twitter", "ot-1", "os-1")
SECOND = OAuth2Token("github", "Bearer", LONG, "rt-1", 1_700_000_000)


class Blobs(dict[str, bytes]):
    """A store of bytes."""

    async def get(self, key: str) -> bytes | None:  # type: ignore[override]
        return super().get(key)

    async def set(self, key: str, value: bytes) -> None:
        self[key] = value

    async def delete(self, key: str) -> None:
        self.pop(key, None)


@pytest.fixture(params=["memory", "sealed"])
def vault(request: pytest.FixtureRequest) -> TokenVault:
    """Each kind of vault."""
    return MemoryVault() if request.param == "memory" else SealedVault(Blobs(), bytes(32))


def test_both_records_know_their_token() -> None:
    """S3 token tables: OAuth1Token, OAuth2Token, to_token()"""
    assert FIRST.to_token() == {"oauth_token": "ot-1", "oauth_token_secret": "os-1"}
    assert SECOND.to_token() == {
        "token_type": "Bearer",
        "access_token": LONG,
        "refresh_token": "rt-1",
        "expires_at": 1_700_000_000,
    }
    bare = OAuth2Token("github", "Bearer", "at").to_token()
    assert bare == {"token_type": "Bearer", "access_token": "at"}
    for record in (FIRST, SECOND):
        assert kept(record.name, record.to_token()) == record
        assert "os-1" not in repr(record)
        assert "rt-1" not in repr(record)


async def test_what_is_kept_comes_back(vault: TokenVault) -> None:
    """S3 token tables: vault, both kinds, any length"""
    for token in (FIRST, SECOND):
        await vault.save("jane", token)
        assert await vault.load("jane", token.name) == token
        assert await vault.load("joe", token.name) is None
        await vault.delete("jane", token.name)
        await vault.delete("jane", token.name)
        assert await vault.load("jane", token.name) is None


async def test_a_lock_is_held_by_one(vault: TokenVault) -> None:
    inside: list[str] = []

    async def work(owner: str) -> None:
        async with vault.lock(owner, "github"):
            inside.append(owner)
            assert inside.count(owner) == 1
            await asyncio.sleep(0)
            inside.remove(owner)

    await asyncio.gather(*(work(owner) for owner in ("jane", "joe") * 5))


async def test_what_lies_there_is_sealed() -> None:
    """S3 token tables: sealed at rest. THREATS 52"""
    blobs, key = Blobs(), secrets.token_bytes(32)
    vault = SealedVault(blobs, key)
    await vault.save("jane", FIRST)
    [(where, sealed)] = blobs.items()
    assert b"os-1" not in sealed
    assert b"ot-1" not in sealed
    with pytest.raises(Unsealable):
        await SealedVault(blobs, bytes(32)).load("jane", "twitter")
    blobs[where.replace("jane", "joe")] = sealed
    with pytest.raises(Unsealable):
        await vault.load("joe", "twitter")
    with pytest.raises(ValueError, match="32 bytes"):
        SealedVault(blobs, b"short")
