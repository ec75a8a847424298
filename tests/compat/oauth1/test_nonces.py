"""Timestamps and nonces (RFC 5849 §3.3)."""

import asyncio

import pytest

from compat.oauth1.photos import CALLBACK, ORIGIN, Photos, SetClock, Signer, members
from consentry.compat.oauth1 import (
    AuthorizationServer,
    MemoryCache,
    create_exists_nonce_func,
    register_nonce_hooks,
)


async def test_of_fifty_copies_of_one_request_one_passes(photos: Photos, printer: Signer) -> None:
    """THREATS 1

    PARITY 1.3 Race

    PARITY 6 Authlib 1.0 nonce

    S0 exists_nonce
    """
    url, headers, _ = printer.signed("/initiate", callback_uri=CALLBACK)
    async with photos.browser() as browser:
        sent = (browser.post(url, headers=headers) for _ in range(50))
        answers = await asyncio.gather(*sent)
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 49
    refused = next(answer for answer in answers if answer.status_code == 401)
    assert members(refused)["error"] == "invalid_nonce"
    assert members(refused)["oauth_problem"] == "nonce_used"


async def test_a_forged_request_burns_no_nonce(photos: Photos, printer: Signer) -> None:
    """PARITY 6 Authlib 1.0 nonce: poisoning"""
    forged = await Signer(photos, secret="guessed").send(
        "/initiate", callback_uri=CALLBACK, nonce="wIjqoS"
    )
    assert members(forged)["error"] == "invalid_signature"
    honest = await printer.send("/initiate", callback_uri=CALLBACK, nonce="wIjqoS")
    assert honest.status_code == 200


@pytest.mark.parametrize(
    ("timestamp", "error"),
    [
        ("300", None),
        ("-300", None),
        ("301", "timestamp_refused"),
        ("-301", "timestamp_refused"),
        ("31536000", "timestamp_refused"),
    ],
)
async def test_a_timestamp_is_near_now_both_ways(
    photos: Photos, printer: Signer, timestamp: str, error: str | None
) -> None:
    """THREATS 2

    PARITY 6 Authlib 1.0 time
    """
    sent = str(int(photos.clock.now) + int(timestamp))
    answer = await printer.send("/initiate", callback_uri=CALLBACK, timestamp=sent)
    assert members(answer).get("oauth_problem") == error


@pytest.mark.parametrize("timestamp", ["-1", "0", "soon", "1.5", "\u0661\u0662"])
async def test_a_timestamp_is_a_positive_whole_number(printer: Signer, timestamp: str) -> None:
    """THREATS 2

    S0 validate_timestamp_and_nonce
    """
    answer = await printer.send("/initiate", callback_uri=CALLBACK, timestamp=timestamp)
    assert answer.status_code == 401
    assert members(answer)["oauth_problem"] == "timestamp_refused"


async def test_a_nonce_is_known_as_long_as_its_request_could_count() -> None:
    """PARITY 1.3 Life: two windows at least"""
    photos = Photos(settings={"nonce_expires_in": 600})
    late = str(int(photos.clock.now) + 300)
    signed = Signer(photos).signed("/initiate", callback_uri=CALLBACK, timestamp=late)
    async with photos.browser() as browser:
        assert (await browser.post(signed[0], headers=signed[1])).status_code == 200
        photos.clock.now += 599
        again = await browser.post(signed[0], headers=signed[1])
    assert members(again)["error"] == "invalid_nonce"


@pytest.mark.parametrize("settings", [{"nonce_expires_in": 599}, {"timestamp_window": 0}])
def test_settings_that_would_let_a_request_count_twice_are_refused(
    settings: dict[str, int],
) -> None:
    """S0 settings dictionary: nonce_expires_in covers the window"""
    with pytest.raises(ValueError, match="covers the timestamp window"):
        Photos(settings=settings)
    with pytest.raises(ValueError, match="covers the timestamp window"):
        register_nonce_hooks(AuthorizationServer(), MemoryCache(), expires=599)


async def test_exists_nonce_says_no_once() -> None:
    """S1 create_exists_nonce_func"""
    clock = SetClock()
    exists_nonce = create_exists_nonce_func(MemoryCache(clock), key_prefix="n:", expires=600)
    asked = [await exists_nonce("n", "1", "printer", "token") for _ in range(2)]
    assert asked == [False, True]
    clock.now += 600
    assert not await exists_nonce("n", "1", "printer", "token")


async def test_a_key_cannot_be_put_together_in_two_ways() -> None:
    """PARITY 1.3 Key: no separator ambiguity"""
    exists_nonce = create_exists_nonce_func(MemoryCache())
    assert not await exists_nonce("a-1", "2", "b", None)
    assert not await exists_nonce("a", "1-2", "b", None)
    assert not await exists_nonce("a-1", "2", "b", "c")
    assert not await exists_nonce("a-1", "2", "b-c", None)


async def test_a_hook_that_forgets_to_answer_lets_nobody_in(photos: Photos) -> None:
    """S0 exists_nonce: True or False"""

    class Forgetful(type(photos.server)):  # type: ignore[misc]
        async def exists_nonce(self, nonce: str, request: object) -> None:
            return None

    photos.server.__class__ = Forgetful
    with pytest.raises(TypeError, match="True or False"):
        await Signer(photos).initiate()


async def test_a_cache_that_is_away_lets_nobody_in(photos: Photos) -> None:
    """THREATS 59

    S0 exists_nonce fails closed
    """

    async def away(*_: object) -> bool:
        raise ConnectionError("the cache is away")

    photos.cache.add = away  # type: ignore[method-assign]
    signed = Signer(photos).signed("/initiate", callback_uri=CALLBACK)
    async with photos.browser(ORIGIN) as browser:
        with pytest.raises(ConnectionError):
            await browser.post(signed[0], headers=signed[1])
