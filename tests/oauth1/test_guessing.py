"""RFC 5849 §4: what is wrong with a signature, nobody learns by asking."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from consentry.spec.oauth1.signatures import SignatureInput, hmac_signature, signing_key
from consentry.spec.oauth1.signing import Credentials
from consentry.tokens.token_credential import TokenCredential
from speed.counted import CountedWire
from support.rsa_keys import private_pem, public_pem
from support.signing import (
    KEY,
    add_oauth1_client,
    initiate,
    send_signed,
    sign,
    token_credentials,
    whoami,
)
from support.token_side import send
from support.world import SECRET, World, running_world

WRONG = "a wrong secret, a wrong secret"
VERIFIER = {"oauth_verifier": "x" * 43}


async def guesses(world: World, method: str, path: str, **extra: str) -> list[httpx.Response]:
    """Each thing that can be wrong with whose signature it is, alone."""
    held = await token_credentials(world)
    never_issued = TokenCredential(uuid4(), 1).text
    other_key = TokenCredential(uuid4(), 65_535).text
    made_up = [
        Credentials("nobody", SECRET, held.token, held.token_secret),
        Credentials(KEY, WRONG, held.token, held.token_secret),
        Credentials(KEY, SECRET, held.token, "x" * 43),
        Credentials(KEY, SECRET, "unknown", "x" * 43),
        Credentials(KEY, SECRET, never_issued, "x" * 43),
        Credentials(KEY, SECRET, other_key, "x" * 43),
        Credentials(KEY, SECRET, "cns_tc_" + "A" * 90, "x" * 43),
        Credentials("nobody", "", "unknown", ""),
    ]
    return [await send_signed(world, method, path, one, extra=extra) for one in made_up]


def told(answer: httpx.Response) -> tuple[int, str, str]:
    """What a caller sees, but for the id of the request."""
    text = answer.text
    if answer.headers["content-type"] == "application/problem+json":
        text = str({**answer.json(), "instance": ""})
    return answer.status_code, answer.headers["www-authenticate"], text


async def test_unknown_keys_tokens_and_signatures_are_answered_alike(world: World) -> None:
    """THREATS 4, CWE-208"""
    for method, path, extra in (
        ("GET", "/api/v1/whoami", {}),
        ("POST", "/oauth1/token", VERIFIER),
    ):
        seen = {told(one) for one in await guesses(world, method, path, **extra)}
        assert len(seen) == 1, seen
        status, _, text = seen.pop()
        assert (status, "signature_invalid" in text) == (401, True)


async def test_they_cost_one_comparison_each(world: World) -> None:
    """THREATS 4, CWE-208: none is refused before a signature was computed"""
    compared = 0

    def counting(given: SignatureInput) -> bool:
        nonlocal compared
        compared += 1
        key = signing_key(given.client_secret, given.token_secret)
        text = hmac_signature(given.request.base_string, key, "HMAC-SHA1")
        return text == given.request.signature

    held = await token_credentials(world)
    world.deployment.signature_methods.register("HMAC-SHA1", counting)
    for method, path, extra in (
        ("GET", "/api/v1/whoami", {}),
        ("POST", "/oauth1/token", VERIFIER),
    ):
        for credentials in (
            Credentials("nobody", SECRET, held.token, held.token_secret),
            Credentials(KEY, WRONG, held.token, held.token_secret),
            Credentials(KEY, SECRET, "unknown", "x" * 43),
            Credentials(KEY, SECRET, held.token, "x" * 43),
        ):
            compared = 0
            await send_signed(world, method, path, credentials, extra=extra)
            assert compared == 1


async def test_a_signature_counts_whole(world: World) -> None:
    """THREATS 4: neither a part of it, nor more, nor in another spelling"""
    held = await token_credentials(world)
    for cut in (lambda s: s[:-4], lambda s: s + "%3D", lambda s: s.swapcase(), lambda s: ""):
        signed = sign(world, "GET", "/api/v1/whoami", held)
        head, _, tail = signed.headers["Authorization"].partition('oauth_signature="')
        signature = tail.rstrip('"')
        header = f'{head}oauth_signature="{cut(signature)}"'
        answer = await send(
            world, "/api/v1/whoami", method="GET", headers=[("Authorization", header)]
        )
        assert answer.status_code in (400, 401)


async def test_a_token_is_signed_by_its_own_client_alone(world: World) -> None:
    """THREATS 4, 18: another client's signature never fits, whatever it knows"""
    await add_oauth1_client(world, "other")
    mine = await token_credentials(world)
    stolen = Credentials("other", SECRET, mine.token, mine.token_secret)
    answer = await whoami(world, stolen)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")
    theirs = await token_credentials(world, "other")
    assert theirs.token_secret != mine.token_secret
    crossed = Credentials(KEY, SECRET, theirs.token, mine.token_secret)
    assert (await whoami(world, crossed)).status_code == 401


async def test_an_rsa_clients_token_is_refused_to_another_rsa_client(world: World) -> None:
    """THREATS 18: where no secret ties the token to its client, its row does"""
    for number, client_id in enumerate(("first", "second")):
        await add_oauth1_client(
            world, client_id, oauth1_rsa_public_key=public_pem(number),
            oauth1_signature_methods=["HMAC-SHA1", "RSA-SHA1"],
        )  # fmt: skip
    held = await token_credentials(world, "first")
    for number, client_id, status in ((0, "first", 200), (1, "second", 401)):
        by_key = Credentials(client_id, "", held.token, "", private_pem(number))
        answer = await whoami(world, by_key, signature_method="RSA-SHA1")
        assert answer.status_code == status
    assert answer.json()["code"] == "token_rejected"


async def test_a_token_nobody_issued_stands_for_nobody(world: World) -> None:
    """THREATS 4: an RSA client may name any token; none but its own is live"""
    await add_oauth1_client(world, "keyed", oauth1_rsa_public_key=public_pem())
    by_key = Credentials("keyed", "", TokenCredential(uuid4(), 1).text, "", private_pem())
    answer = await whoami(world, by_key, signature_method="RSA-SHA1")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_rejected")


# What it costs the database


@pytest.fixture
async def wire(pg_database: str) -> AsyncIterator[CountedWire]:
    async with CountedWire(pg_database).open() as opened:
        yield opened


async def test_a_signed_request_is_one_statement_and_a_forged_one_is_none(
    wire: CountedWire,
) -> None:
    """DESIGN: nonce and liveness together, and only after the signature was good"""
    async with running_world(wire.url) as world:
        await add_oauth1_client(world)
        held = await token_credentials(world)
        forged = Credentials(KEY, SECRET, held.token, "x" * 43)
        unknown = Credentials(KEY, SECRET, TokenCredential(uuid4(), 1).text, "x" * 43)
        for credentials, status, statements in (
            (held, 200, 1), (Credentials(KEY, SECRET), 200, 1), (forged, 401, 0),
            (unknown, 401, 0),
        ):  # fmt: skip
            assert (await whoami(world, credentials)).status_code == status
            before = wire.statements
            assert (await whoami(world, credentials)).status_code == status
            assert wire.statements - before == statements
        before = wire.statements
        assert (await initiate(world)).status == 200
        assert wire.statements - before == 1
