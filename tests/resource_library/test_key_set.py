"""An issuer's keys: fetched once, again when they change, and kept while it is away."""

import asyncio
import logging
from typing import Any

import pytest
from starlette.applications import Starlette

from consentry.jose.keys import generate
from consentry.resource import JWTBearer, ResourceProtector
from resource_library.api import call, challenges, guarded_by
from resource_library.issuer import API, ISSUER, Issuer


@pytest.fixture
def app(issuer: Issuer) -> Starlette:
    jwt = JWTBearer(ISSUER, API, http=issuer.http, clock=issuer.clock, cache_ttl=300)
    return guarded_by(ResourceProtector(jwt), "photos.read")


def fetched(issuer: Issuer) -> int:
    return issuer.asked.count("/jwks")


async def test_keys_are_fetched_once_for_many_requests(issuer: Issuer, app: Starlette) -> None:
    tokens = [issuer.token() for _ in range(20)]
    answers = await asyncio.gather(*(call(app, token) for token in tokens))
    assert {answer.status_code for answer in answers} == {200}
    assert fetched(issuer) == 1


async def test_whoever_comes_while_keys_are_fetched_waits_for_them(
    issuer: Issuer, app: Starlette
) -> None:
    """THREATS 53: neither the first requests nor those with a new key fail."""
    for key in (issuer.keys[0], generate("ES256")):
        issuer.keys = [key]
        issuer.clock.now += 11
        issuer.answers.clear()
        issuer.held.clear()
        coming = [asyncio.create_task(call(app, issuer.token(key=key))) for _ in range(3)]
        await issuer.held.wait()
        coming.append(asyncio.create_task(call(app, issuer.token(key=key))))
        for _ in range(20):
            await asyncio.sleep(0)
        issuer.answers.set()
        answers = await asyncio.gather(*coming)
        assert [answer.status_code for answer in answers] == [200] * 4
    assert fetched(issuer) == 2


async def test_known_keys_serve_while_others_are_fetched(issuer: Issuer, app: Starlette) -> None:
    """THREATS 56: strangers' tokens keep nobody waiting."""
    await call(app, issuer.token())
    issuer.clock.now += 11
    issuer.answers.clear()
    stranger = asyncio.create_task(call(app, issuer.token(key=generate("ES256"))))
    await issuer.held.wait()
    assert (await call(app, issuer.token())).status_code == 200
    issuer.answers.set()
    assert (await stranger).status_code == 401


async def test_keys_are_fetched_again_after_their_time(issuer: Issuer, app: Starlette) -> None:
    await call(app, issuer.token())
    issuer.clock.now += 301
    await call(app, issuer.token())
    assert fetched(issuer) == 2


async def test_a_withdrawn_key_counts_no_longer_than_the_cache(
    issuer: Issuer, app: Starlette
) -> None:
    """THREATS 53"""
    old = issuer.keys[0]
    await call(app, issuer.token())
    issuer.keys = [generate("ES256")]
    issuer.clock.now += 301
    assert (await call(app, issuer.token(key=old))).status_code == 401


async def test_a_new_key_is_fetched_when_a_token_names_it(issuer: Issuer, app: Starlette) -> None:
    """THREATS 53"""
    await call(app, issuer.token())
    issuer.clock.now += 11
    issuer.keys.append(generate("ES256"))
    assert (await call(app, issuer.token(key=issuer.keys[1]))).status_code == 200
    assert fetched(issuer) == 2


async def test_unknown_keys_make_us_ask_once_in_ten_seconds(issuer: Issuer, app: Starlette) -> None:
    stranger = generate("ES256")
    await call(app, issuer.token())
    issuer.clock.now += 11
    for _ in range(5):
        assert (await call(app, issuer.token(key=stranger))).status_code == 401
    assert fetched(issuer) == 2
    issuer.clock.now += 11
    await call(app, issuer.token(key=stranger))
    assert fetched(issuer) == 3


async def test_last_keys_serve_an_hour_while_the_issuer_is_away(
    issuer: Issuer, app: Starlette, caplog: pytest.LogCaptureFixture
) -> None:
    await call(app, issuer.token())
    issuer.away = True
    issuer.clock.now += 3000
    with caplog.at_level(logging.WARNING, "consentry.resource"):
        assert (await call(app, issuer.token())).status_code == 200
    assert "no new keys of https://id.photos.example" in caplog.text
    issuer.clock.now += 700
    refused = await call(app, issuer.token())
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert challenges(refused) == []
    issuer.away = False
    issuer.clock.now += 11
    assert (await call(app, issuer.token())).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"jwks_uri": None},
        {"jwks_uri": 7},
        {"jwks_uri": "http://id.photos.example/jwks"},
        {"jwks_uri": "file:///etc/passwd"},
    ],
)
async def test_metadata_that_cannot_be_trusted_gives_no_keys(
    issuer: Issuer, app: Starlette, wrong: dict[str, Any]
) -> None:
    """RFC 8414 §3.3"""
    issuer.metadata |= wrong
    assert (await call(app, issuer.token())).status_code == 503
    assert fetched(issuer) == 0


@pytest.mark.parametrize("status", [301, 404, 500])
async def test_an_answer_that_is_not_200_gives_no_keys(
    issuer: Issuer, app: Starlette, status: int
) -> None:
    issuer.status = status
    assert (await call(app, issuer.token())).status_code == 503


async def test_an_answer_without_end_is_cut(issuer: Issuer, app: Starlette) -> None:
    """THREATS 56"""
    issuer.metadata["padding"] = "x" * 70_000
    assert (await call(app, issuer.token())).status_code == 503


async def test_a_compressed_answer_is_not_unpacked(issuer: Issuer, app: Starlette) -> None:
    """THREATS 56"""
    issuer.encoding = "gzip"
    assert (await call(app, issuer.token())).status_code == 503


async def test_unusable_keys_are_no_keys(issuer: Issuer, app: Starlette) -> None:
    issuer.keys = []
    other = generate("ES256")
    assert (await call(app, issuer.token(key=other))).status_code == 503
