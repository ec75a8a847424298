"""What is written down of a refused request, and what never is."""

import json
from uuid import UUID

import httpx
import pytest

from consentry.records.transient import Refusal
from consentry.spec.oauth1.signing import Credentials
from consentry.telemetry import configure_logging
from consentry_workers import flushing
from support.signing import (
    KEY,
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
from support.token_side import basic, send
from support.world import CALLBACK, SECRET, World, running_world

CLIENT = Credentials(KEY, SECRET)
WRONG = Credentials(KEY, "a wrong secret, a wrong secret")


async def recorded(world: World, answer: httpx.Response) -> Refusal:
    """The record of one request, stored."""
    await world.deployment.refusals.flush(world.deployment.store)
    found = await world.store().refusals.get(UUID(hex=answer.headers["x-request-id"]))
    assert found is not None
    return found


async def test_a_record_says_who_where_and_which_rule(photos: World) -> None:
    """Issue: every refusal has an id; the portal shows the rule and both values"""
    found = await recorded(
        photos, (await initiate(photos, callback="https://evil.example/")).response
    )
    assert (found.client_id, found.endpoint, found.error) == (
        KEY, "oauth1_initiate", "parameter_rejected",
    )  # fmt: skip
    assert (found.received, found.registered) == ("https://evil.example/", CALLBACK)
    assert found.rule == "oauth_callback must equal a registered one"
    found = await recorded(photos, (await initiate(photos, WRONG)).response)
    assert (found.error, found.rule) == ("signature_invalid", "oauth_signature")
    assert found.received == "POST http://photos.localhost:8000/oauth1/initiate"
    found = await recorded(photos, await whoami(photos, CLIENT, ahead_s=999))
    assert (found.endpoint, found.error) == ("whoami", "timestamp_refused")
    assert found.rule == "oauth_timestamp within 300 s"
    found = await recorded(photos, await whoami(photos, CLIENT, signature_method="HMAC-SHA512"))
    assert (found.error, found.received) == ("signature_method_rejected", "HMAC-SHA512")
    assert found.registered == "HMAC-SHA1 HMAC-SHA256 RSA-SHA1 RSA-SHA256"


async def test_what_is_malformed_is_on_record_too(photos: World) -> None:
    """The claimed client is named where it could be read."""
    answer = await send(photos, "/oauth1/token", headers=[("Authorization", "OAuth x")])
    found = await recorded(photos, answer)
    assert (found.endpoint, found.error) == ("oauth1_token", "parameter_rejected")
    found = await recorded(photos, await whoami(photos, Credentials("nobody", SECRET)))
    assert (found.client_id, found.error) == ("nobody", "signature_invalid")


async def test_pages_record_what_they_refuse(photos: World) -> None:
    browser = photos.new_browser()
    unknown = await browser.get("/oauth1/authorize", params={"oauth_token": "x"})
    found = await recorded(photos, unknown)
    assert (found.endpoint, found.error) == ("oauth1_authorization", "token_rejected")
    temporary = await initiate(photos)
    denied = await approve(photos, temporary["oauth_token"], browser, decision="deny")
    found = await recorded(photos, denied)
    assert (found.client_id, found.error) == (KEY, "user_refused")
    again = await approve(photos, temporary["oauth_token"], browser)
    found = await recorded(photos, again)
    assert (found.client_id, found.error) == (KEY, "token_used")


async def test_a_good_signature_is_a_use_and_a_bad_one_is_none(world: World) -> None:
    """Issue: which clients still sign OAuth 1 and when last"""
    await add_oauth1_client(world, "guessed")
    at = world.clock()
    assert (await whoami(world, CLIENT)).status_code == 200
    guess = Credentials("guessed", WRONG.client_secret)
    assert (await whoami(world, guess)).status_code == 401
    await flushing.flush(world.deployment)
    uses = await world.store().clients.uses("oauth1")
    assert [one.client_id for one in uses] == [KEY]
    assert uses[0].last_used_at >= at
    stored = await world.store().clients.get(KEY)
    assert stored is not None and stored.secrets[0].last_used_at is not None


async def test_what_a_resource_server_was_told_is_its_clients_record(photos: World) -> None:
    """CONTRACT: `/oauth1/verify` says the reason; the portal of the signing client shows it"""
    body = {"method": "GET", "url": "https://api.example/", "headers": dict(
        sign(photos, "GET", "/", WRONG).headers)}  # fmt: skip
    headers = [("Content-Type", "application/json"), basic()]
    answer = await send(photos, "/oauth1/verify", json.dumps(body), headers=headers)
    found = await recorded(photos, answer)
    assert (found.client_id, found.endpoint, found.error) == (
        KEY, "oauth1_verify", "signature_invalid",
    )  # fmt: skip


async def test_a_custom_field_is_cut_to_what_fits(strict_world: World) -> None:
    """THREATS 54, 56: however long and odd, on a database that minds"""
    await add_oauth1_client(strict_world, "long")
    for changes in (
        {"oauth_consumer_key": "k" * 3_000},
        {"oauth_consumer_key": "é\u2028\r\n"},
        {"oauth_signature_method": "m" * 3_000},
        {"oauth_timestamp": "9" * 3_000},
        {"oauth_version": "v" * 3_000},
        {"oauth_callback": "https://" + "c" * 3_000},
    ):
        answer = await initiate(strict_world, Credentials("long", SECRET), extra=changes)
        assert answer.status in (400, 401)
        found = await recorded(strict_world, answer.response)
        assert "\n" not in found.received


async def test_neither_logs_nor_records_hold_a_secret(
    sqlite_database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """THREATS 54: no secret, signature, nonce, verifier or token, whatever goes wrong"""
    configure_logging("debug")
    async with running_world(sqlite_database, access_log=True) as world:
        await add_oauth1_client(world)
        answers, secret = await mishaps(world)
        logged = capsys.readouterr()
        written = logged.err + logged.out
        assert "/oauth1/token" in written and "/api/v1/whoami" in written
        for answer in answers:
            found = await recorded(world, answer)
            written += " ".join([found.rule, found.received, found.registered])
        for text in secret:
            assert text not in written


async def mishaps(world: World) -> tuple[list[httpx.Response], list[str]]:
    """Refused requests of every kind, and all in them that is secret."""
    held = await token_credentials(world)
    temporary = await initiate(world)
    verifier = returned(await approve(world, temporary["oauth_token"]))["oauth_verifier"]
    good, forged = sign(world, "GET", "/api/v1/whoami", held), Credentials(
        KEY, WRONG.client_secret, held.token, held.token_secret)  # fmt: skip
    bad = sign(world, "GET", "/api/v1/whoami", forged, placement="query")
    await deliver(world, "GET", good)
    answers = [
        await deliver(world, "GET", good),
        await deliver(world, "GET", bad),
        (await exchange(world, temporary, verifier, client_key="printer")).response,
        (await exchange(world, temporary, verifier[::-1])).response,
        await whoami(world, held, ahead_s=999, placement="query"),
        await whoami(world, Credentials(KEY, SECRET, "x" + str(held.token), held.token_secret)),
    ]
    await exchange(world, temporary, verifier)
    answers.append((await exchange(world, temporary, verifier)).response)
    assert all(answer.status_code >= 400 for answer in answers)
    signature = good.headers["Authorization"].rpartition('oauth_signature="')[2].rstrip('"')
    nonce = good.headers["Authorization"].partition('oauth_nonce="')[2].partition('"')[0]
    secret = [
        SECRET, WRONG.client_secret, held.token_secret, str(held.token), signature, nonce,
        verifier, verifier[::-1], temporary["oauth_token"], temporary["oauth_token_secret"],
        bad.url.rpartition("oauth_signature=")[2],
    ]  # fmt: skip
    return answers, secret
