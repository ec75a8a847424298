"""RFC 5849 §3.3: a request counts once, and only around its own time."""

import asyncio
from urllib.parse import quote

import httpx
import pytest

from consentry.spec.oauth1.signing import Credentials, Signed
from store.line import line
from support.signing import (
    KEY,
    Answer,
    add_oauth1_client,
    approve,
    deliver,
    exchange,
    initiate,
    returned,
    sign,
    token_credentials,
    whoami,
)
from support.sweeping import swept as swept_once
from support.token_side import another_process, restarted
from support.world import CALLBACK, SECRET, World, running_world

WHOAMI = "/api/v1/whoami"
PRINTER = Credentials(KEY, SECRET)


def said(answer: httpx.Response) -> tuple[int, str]:
    """Status and `oauth_problem` word of an answer of either door."""
    if answer.headers["content-type"].startswith("application/problem"):
        return answer.status_code, answer.json()["code"]
    return answer.status_code, str(Answer(answer).problem)


def held(temporary: Answer) -> Credentials:
    """What a client signs with that holds temporary credentials."""
    return Credentials(KEY, SECRET, temporary["oauth_token"], temporary["oauth_token_secret"])


# Once (THREATS 1)


async def test_of_50_parallel_copies_one_passes(each_world: World) -> None:
    """THREATS 1; S0 1.3 Race: insert, not read then write"""
    signed = sign(each_world, "GET", WHOAMI, await token_credentials(each_world))
    answers = await asyncio.gather(*(deliver(each_world, "GET", signed) for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 49
    refused = [said(answer) for answer in answers if answer.status_code != 200]
    assert set(refused) == {(401, "nonce_used")}


async def test_of_copies_at_two_processes_one_passes(pg_database: str) -> None:
    """THREATS 1: across workers"""
    async with running_world(pg_database) as world, another_process(world) as other:
        await add_oauth1_client(world)
        credentials = await token_credentials(world)
        for signed in (sign(world, "GET", WHOAMI, one) for one in (credentials, PRINTER)):
            places = [world, other] * 25
            answers = await asyncio.gather(*(deliver(one, "GET", signed) for one in places))
            assert sorted(answer.status_code for answer in answers) == [200] + [401] * 49


async def test_a_used_request_stays_used_after_a_restart(each_world: World) -> None:
    """THREATS 1: and restarts"""
    credentials = await token_credentials(each_world)
    signed = sign(each_world, "GET", WHOAMI, credentials)
    asked = sign(each_world, "POST", "/oauth1/initiate", PRINTER,
                 extra={"oauth_callback": CALLBACK})  # fmt: skip
    assert (await deliver(each_world, "GET", signed)).status_code == 200
    assert (await deliver(each_world, "POST", asked)).status_code == 200
    async with restarted(each_world) as again:
        assert said(await deliver(again, "GET", signed)) == (401, "nonce_used")
        assert said(await deliver(again, "POST", asked)) == (401, "nonce_used")
        assert (await whoami(again, credentials)).status_code == 200


async def test_every_signed_endpoint_counts_a_request_once(world: World) -> None:
    """THREATS 1"""
    extra = {"oauth_callback": CALLBACK}
    first = sign(world, "POST", "/oauth1/initiate", PRINTER, extra=extra)
    temporary = Answer(await deliver(world, "POST", first))
    assert said(await deliver(world, "POST", first)) == (401, "nonce_used")
    verifier = returned(await approve(world, temporary["oauth_token"]))["oauth_verifier"]
    wrong = {"oauth_verifier": "x" * 43}
    guess = sign(world, "POST", "/oauth1/token", held(temporary), extra=wrong)
    assert said(await deliver(world, "POST", guess)) == (401, "verifier_invalid")
    assert said(await deliver(world, "POST", guess)) == (401, "nonce_used")
    assert (await exchange(world, temporary, verifier)).status == 200


async def test_a_bad_signature_burns_no_nonce(world: World) -> None:
    """THREATS 1; PARITY 6 Authlib 1.0 nonce: recorded before the signature is checked"""
    credentials = await token_credentials(world)
    signed = sign(world, "GET", WHOAMI, credentials, nonce="poisoned")
    forged = Credentials(KEY, "a wrong secret, a wrong secret", credentials.token, "x")
    poison = sign(world, "GET", WHOAMI, forged, nonce="poisoned")
    assert said(await deliver(world, "GET", poison)) == (401, "signature_invalid")
    assert (await deliver(world, "GET", signed)).status_code == 200


async def test_a_request_that_is_refused_earlier_burns_none_either(world: World) -> None:
    """THREATS 1: a method that is not allowed, a time that is over"""
    for refused in ({"signature_method": "HMAC-SHA512"}, {"ahead_s": -301}, {"ahead_s": 301}):
        answer = await whoami(world, PRINTER, nonce="once", **refused)
        assert answer.status_code in (400, 401)
    assert (await whoami(world, PRINTER, nonce="once")).status_code == 200


async def test_a_nonce_is_used_for_its_timestamp_client_and_token_alone(world: World) -> None:
    """RFC 5849 §3.3; S0 1.3 Key: unique per timestamp, client credentials and token"""
    await add_oauth1_client(world, "other")
    mine, another = await token_credentials(world), await token_credentials(world)
    theirs = await token_credentials(world, "other")
    for credentials in (PRINTER, Credentials("other", SECRET), mine, another, theirs):
        for ahead_s in (0, 7):
            answer = await whoami(world, credentials, nonce="same", ahead_s=ahead_s)
            assert answer.status_code == 200, answer.text


async def test_no_two_requests_are_taken_for_one_another(world: World) -> None:
    """S0 1.3 Key: no separator ambiguity"""
    for client_id in ("a", "a-1", "a:1"):
        await add_oauth1_client(world, client_id)
    now = int(world.clock().timestamp())
    for client_id, nonce in (("a", f"1-{now}"), ("a-1", str(now)), ("a:1", f"{now}:x")):
        answer = await whoami(world, Credentials(client_id, SECRET), nonce=nonce)
        assert answer.status_code == 200


@pytest.mark.parametrize("nonce", ["a", "é", "x" * 2_000, "a b+c%20", "\u2028", "0"])
async def test_any_nonce_will_do_once(photos: World, nonce: str) -> None:
    """RFC 5849 §3.3: an opaque text"""
    signed = sign(photos, "GET", WHOAMI, PRINTER, nonce=nonce)
    assert (await deliver(photos, "GET", signed)).status_code == 200
    assert said(await deliver(photos, "GET", signed)) == (401, "nonce_used")


async def test_a_nonce_is_kept_as_long_as_its_request_could_count(each_world: World) -> None:
    """S0 1.3 Life: window and skew, not a day; then it is swept"""
    each_world.clock.hold()
    signed = sign(each_world, "GET", WHOAMI, PRINTER, ahead_s=299)
    assert (await deliver(each_world, "GET", signed)).status_code == 200
    each_world.clock.forward(590)
    await swept(each_world)
    assert said(await deliver(each_world, "GET", signed)) == (401, "nonce_used")
    each_world.clock.forward(120)
    assert said(await deliver(each_world, "GET", signed)) == (401, "timestamp_refused")
    assert await swept(each_world) >= 1


async def swept(world: World) -> int:
    """Rows that one sweep of the store takes away."""
    done = await swept_once(world.deployment.store, world.clock(), batch=1_000)
    return sum(done.values())


# Around its time (THREATS 2)


@pytest.mark.parametrize("ahead_s", [-295, 0, 295])
async def test_within_the_window_either_way_it_counts(photos: World, ahead_s: int) -> None:
    """THREATS 2"""
    assert (await whoami(photos, PRINTER, ahead_s=ahead_s)).status_code == 200


@pytest.mark.parametrize("ahead_s", [-86_400, -305, 305, 86_400, 10**9])
async def test_outside_the_window_it_is_refused(photos: World, ahead_s: int) -> None:
    """THREATS 2; PARITY 6 Authlib 1.0 time: future timestamps accepted without limit"""
    answer = await whoami(photos, PRINTER, ahead_s=ahead_s)
    assert said(answer) == (401, "timestamp_refused")
    refused = await initiate(photos, ahead_s=ahead_s)
    assert (refused.status, refused.problem) == (401, "timestamp_refused")
    earliest, latest = map(int, refused["oauth_acceptable_timestamps"].split("-"))
    now = int(photos.clock().timestamp())
    assert abs(earliest - (now - 300)) < 5 and abs(latest - (now + 300)) < 5


TIMESTAMPS = ["abc", "-1", "+{}", " {}", "{}.0", "1e9", "0x{}", "{}\u0660", "\u0661" * 10, "0",
              "9" * 5_000]  # fmt: skip


@pytest.mark.parametrize("text", TIMESTAMPS, ids=[quote(text)[:20] for text in TIMESTAMPS])
async def test_a_timestamp_of_anything_but_digits_is_refused(photos: World, text: str) -> None:
    """THREATS 2; S1 Timestamp: positive integer seconds"""
    sent = text.replace("{}", str(int(photos.clock().timestamp())))
    answer = await whoami(photos, PRINTER, extra={"oauth_timestamp": sent})
    assert said(answer) == (401, "timestamp_refused")


async def test_the_window_is_the_tenants(world: World) -> None:
    """CONTRACT: `oauth1_timestamp_window`, seconds, both ways"""
    await world.settings(oauth1_timestamp_window=30)
    for ahead_s, status in ((-28, 200), (28, 200), (-33, 401), (33, 401)):
        assert (await whoami(world, PRINTER, ahead_s=ahead_s)).status_code == status


# The database away (THREATS 58, 59)


async def test_with_the_database_away_nothing_counts_unseen(pg_database: str) -> None:
    """THREATS 58, 59: 503, and afterwards the very same requests count once"""
    async with line(pg_database) as wire, running_world(wire.url) as world:
        await add_oauth1_client(world)
        credentials = await token_credentials(world)
        temporary = await initiate(world)
        verifier = returned(await approve(world, temporary["oauth_token"]))["oauth_verifier"]
        waiting = pending(world, credentials, temporary, verifier)
        await wire.cut()
        for method, signed in waiting:
            answer = await deliver(world, method, signed)
            assert answer.status_code == 503
            assert "temporarily_unavailable" in answer.text
            assert answer.headers["retry-after"] == "1"
        shown = await world.browser.get(f"/oauth1/authorize?oauth_token={held(temporary).token}")
        assert (shown.status_code, shown.headers["retry-after"]) == (503, "1")
        await wire.open()
        for status in (200, 401):
            for method, signed in waiting:
                assert (await deliver(world, method, signed)).status_code == status


def pending(
    world: World, credentials: Credentials, temporary: Answer, verifier: str
) -> list[tuple[str, Signed]]:
    """One request to each endpoint, signed beforehand."""
    asked, bought = {"oauth_callback": CALLBACK}, {"oauth_verifier": verifier}
    return [
        ("POST", sign(world, "POST", "/oauth1/initiate", PRINTER, extra=asked)),
        ("GET", sign(world, "GET", WHOAMI, PRINTER)),
        ("GET", sign(world, "GET", WHOAMI, credentials)),
        ("POST", sign(world, "POST", "/oauth1/token", held(temporary), extra=bought)),
    ]
