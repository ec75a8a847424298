"""Token tables an app has, moved into a vault."""

import secrets

import pytest

from consentry.client import MemoryVault, OAuth1Token, OAuth2Token, SealedVault
from consentry.client.imports import fill_vault

ROWS = [
    {"id": 1, "user_id": 7, "name": "twitter", "oauth_token": "nnch734d00sl2jdk",
     "oauth_token_secret": "pfkkdhi9sl3r4s00"},
    {"id": 2, "user_id": 7, "name": "github", "token_type": "bearer", "access_token": "a" * 4_000,
     "refresh_token": "", "expires_at": 0},
    {"id": 3, "user_id": 8, "name": "github", "token_type": "", "access_token": "b",
     "refresh_token": "c", "expires_at": 1_893_456_000},
]  # fmt: skip


class Shelf(dict[str, bytes]):
    """Bytes by key, as a store of an app keeps them."""

    async def get(self, key: str) -> bytes | None:  # type: ignore[override]
        return super().get(key)

    async def set(self, key: str, value: bytes) -> None:
        self[key] = value

    async def delete(self, key: str) -> None:
        self.pop(key, None)


async def test_rows_of_either_table_are_kept_sealed() -> None:
    """PARITY 7 client-side token tables; S3 Token tables"""
    shelf = Shelf()
    vault = SealedVault(shelf, secrets.token_bytes(32))
    assert await fill_vault(vault, ROWS) == 3
    expected = OAuth1Token("twitter", "nnch734d00sl2jdk", "pfkkdhi9sl3r4s00")
    assert await vault.load("7", "twitter") == expected
    assert await vault.load("7", "github") == OAuth2Token("github", "bearer", "a" * 4_000)
    ends = OAuth2Token("github", "Bearer", "b", "c", 1_893_456_000)
    assert await vault.load("8", "github") == ends
    assert not [one for one in shelf.values() if b"pfkkdhi9sl3r4s00" in one or b"aaaa" in one]


async def test_a_token_renewed_since_stays_as_it_is() -> None:
    vault = MemoryVault()
    await fill_vault(vault, ROWS, lambda row: f"person-{row['user_id']}")
    newer = OAuth2Token("github", "Bearer", "newer")
    await vault.save("person-8", newer)
    assert await fill_vault(vault, ROWS, lambda row: f"person-{row['user_id']}") == 0
    assert await vault.load("person-8", "github") == newer


async def test_a_row_of_another_table_is_refused() -> None:
    with pytest.raises(KeyError):
        await fill_vault(MemoryVault(), [{"user_id": 7, "name": "github", "token": "abc"}])
