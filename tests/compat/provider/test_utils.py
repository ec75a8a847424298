"""Tokens and expiry."""

from datetime import UTC, datetime, timedelta

import pytest

from compat.provider.mounted import Clock, Mounted, printer
from consentry.compat.provider import ProviderSettings
from consentry.compat.provider.utils import (
    get_code_expiry,
    get_token_expiry,
    is_plausible,
    long_token,
    short_token,
)
from consentry.crypto import base64url


def test_expiry_is_now_and_the_lifetime_in_aware_time() -> None:
    """S2 get_code_expiry, S2 get_token_expiry"""
    clock = Clock()
    settings = ProviderSettings(code_lifetime=30, access_token_lifetime_public=90)
    assert get_code_expiry(settings=settings, clock=clock) == clock.now + timedelta(seconds=30)
    assert get_token_expiry(clock=clock) == clock.now + timedelta(hours=1)
    public = get_token_expiry(True, settings=settings, clock=clock)
    assert public == clock.now + timedelta(seconds=90)
    assert get_token_expiry(lifetime=5, clock=clock) == clock.now + timedelta(seconds=5)
    before = datetime.now(UTC)
    assert timedelta(0) <= get_code_expiry() - before - timedelta(seconds=60) < timedelta(minutes=1)


def test_a_short_token_is_a_prefix_and_128_bits() -> None:
    """S2 short_token"""
    made = short_token()
    assert len(base64url.decode(made.removeprefix("cns_cl_"))) == 16
    assert len({short_token() for _ in range(100)}) == 100


def test_a_long_token_is_a_prefix_256_bits_and_a_checksum() -> None:
    """S2 long_token, PARITY 6 S2 token from a SHA-1 of a UUID"""
    made = long_token()
    random, checksum = made.removeprefix("cns_at_")[:-6], made[-6:]
    assert len(base64url.decode(random)) == 32
    assert len(base64url.decode(checksum)) == 4
    assert is_plausible(made)
    assert len({long_token() for _ in range(100)}) == 100


@pytest.mark.parametrize("place", [0, 10, -1])
def test_a_mistyped_token_is_known_by_its_checksum(place: int) -> None:
    """S2 long_token: checksum"""
    made = long_token()
    at = len("cns_at_") + place if place >= 0 else len(made) - 1
    other = "A" if made[at] != "A" else "B"
    assert not is_plausible(made[:at] + other + made[at + 1 :])
    assert not is_plausible("cns_at_")


def test_tokens_and_ids_of_old_are_taken() -> None:
    """S2 long_token: import accepted"""
    assert is_plausible("0123456789abcdef0123456789abcdef01234567")


async def test_a_client_id_of_20_characters_works_as_it_was() -> None:
    """S2 short_token: import of 20-character ids accepted"""
    mounted = Mounted(printer(client_id="1b2a3c4d5e6f7a8b9c0d"))
    assert "code" in await mounted.decide(client_id="1b2a3c4d5e6f7a8b9c0d")
