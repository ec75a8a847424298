"""`/oauth1/verify`: what a resource server learns of a signed request it received."""

import asyncio
import secrets
from typing import Any

import httpx
import orjson
import pytest

from consentry.spec.oauth1.encoding import FORM
from consentry.spec.oauth1.request import body_hash
from consentry.spec.oauth1.signing import Credentials, sign_request
from store.line import line
from support.rsa_keys import private_pem, public_pem
from support.signing import KEY, add_oauth1_client, initiate, token_credentials
from support.token_side import basic, change_client, disable_client, send
from support.world import SECRET, World, running_world

API = "https://api.photos.example/photos?size=original&file=vacation.jpg"
JSON = ("Content-Type", "application/json")
CLIENT = Credentials(KEY, SECRET)


@pytest.fixture(scope="module")
async def held(photos: World) -> Credentials:
    """Token credentials that Jane approved."""
    return await token_credentials(photos)


def request(world: World, credentials: Credentials, **options: Any) -> dict[str, Any]:
    """A request as the resource server received it, in the words of `/oauth1/verify`."""
    given: dict[str, Any] = {"method": "GET", "url": API, "nonce": secrets.token_hex(8), **options}
    now = int(world.clock().timestamp()) + given.pop("ahead_s", 0)
    signed = sign_request(credentials, timestamp=now, **given)
    body = {"body": signed.body.decode()} if signed.body else {}
    return {"method": given["method"], "url": signed.url, "headers": signed.headers, **body}


async def post(
    world: World, body: object, caller: tuple[str, str] | None = None, **options: Any
) -> httpx.Response:
    """What is said to a caller."""
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    headers = [JSON, caller or basic()]
    return await send(world, "/oauth1/verify", raw, headers=headers, **options)


async def verdict(world: World, body: object, **options: Any) -> dict[str, Any]:
    answer = await post(world, body, **options)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


# What it answers


async def test_a_good_request_says_whose_it_is(photos: World, held: Credentials) -> None:
    """CONTRACT: `active`, `sub`, `client_id`, `scope`, `realm`, `oauth_token`"""
    answer = await post(photos, request(photos, held, realm="Photos"))
    user = await photos.store().users.by_identifier("jane")
    assert user is not None
    assert answer.json() == {
        "active": True, "sub": str(user.user_id), "client_id": KEY,
        "scope": "photos.read photos.print", "realm": "Photos", "oauth_token": held.token,
    }  # fmt: skip
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


async def test_a_client_that_signs_for_itself_is_its_own_subject(photos: World) -> None:
    """Issue: two-legged requests too"""
    assert await verdict(photos, request(photos, CLIENT)) == {
        "active": True, "sub": KEY, "client_id": KEY, "scope": "photos.read photos.print",
        "realm": None, "oauth_token": None,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
async def test_headers_are_taken_in_any_case(photos: World, held: Credentials, name: str) -> None:
    """RFC 9110 §5.1"""
    received = request(photos, held)
    received["headers"] = {name: received["headers"]["Authorization"]}
    assert (await verdict(photos, received))["active"] is True


@pytest.mark.parametrize("placement", ["header", "body", "query"])
async def test_parameters_are_found_in_each_place(
    photos: World, held: Credentials, placement: str
) -> None:
    """RFC 5849 §3.5"""
    form = {"method": "POST", "body": b"a=1+2&a=%C3%A9", "content_type": FORM}
    received = request(photos, held, placement=placement, **form)
    assert (await verdict(photos, received))["active"] is True
    again = request(photos, held, placement=placement, **form)
    again["body"] = again["body"].replace("1+2", "1+3")
    assert await verdict(photos, again) == {"active": False, "reason": "signature_invalid"}


async def test_a_body_hash_is_verified(photos: World, held: Credentials) -> None:
    """THREATS 8"""
    text = {"method": "POST", "body": b'{"a": 1}', "content_type": "application/json"}
    received = request(photos, held, with_body_hash=True, **text)
    assert (await verdict(photos, received))["active"] is True
    changed = {**request(photos, held, with_body_hash=True, **text), "body": '{"a": 2}'}
    assert await verdict(photos, changed) == {"active": False, "reason": "parameter_rejected"}


async def test_a_body_that_was_not_sent_along_is_the_callers_to_check(
    photos: World, held: Credentials
) -> None:
    """THREATS 8: the hash that was signed is told, never taken for checked"""
    image = {"method": "POST", "body": b"photo", "content_type": "image/png"}
    for body in ({}, {"body": None}):
        received = request(photos, held, with_body_hash=True, **image)
        del received["body"]
        told = await verdict(photos, {**received, **body})
        assert told["active"] is True
        assert told["oauth_body_hash"] == body_hash("sha1", b"photo")


async def test_an_rsa_signature_is_verified_too(photos: World) -> None:
    """RFC 5849 §3.4.3"""
    await add_oauth1_client(photos, "rsa", oauth1_rsa_public_key=public_pem())
    by_key = Credentials("rsa", rsa_private_key=private_pem())
    told = await verdict(photos, request(photos, by_key, signature_method="RSA-SHA256"))
    assert (told["active"], told["sub"]) == (True, "rsa")


async def test_plaintext_needs_https_at_the_resource_server(photos: World) -> None:
    """RFC 5849 §3.4.4: by the address it says was asked for"""
    await add_oauth1_client(photos, "plain", oauth1_signature_methods=["PLAINTEXT"])
    plain = Credentials("plain", SECRET)
    http = API.replace("https:", "http:")
    for url, reason in ((API, None), (http, "signature_method_rejected")):
        received = request(photos, plain, url=url, signature_method="PLAINTEXT")
        assert (await verdict(photos, received)).get("reason") == reason


# What it refuses (THREATS 9)


async def test_a_request_counts_once(photos: World, held: Credentials) -> None:
    """THREATS 1, 9: it spends the nonce"""
    for credentials in (held, CLIENT):
        received = request(photos, credentials)
        assert (await verdict(photos, received))["active"] is True
        assert await verdict(photos, received) == {"active": False, "reason": "nonce_used"}


async def test_of_20_parallel_questions_one_is_told_yes(photos: World, held: Credentials) -> None:
    """THREATS 1, 9"""
    received = request(photos, held)
    told = await asyncio.gather(*(verdict(photos, received) for _ in range(20)))
    assert sum(one["active"] for one in told) == 1


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "another URL": ({"url": API.replace("original", "small")}, "signature_invalid"),
    "another host": ({"url": API.replace("api.", "evil.")}, "signature_invalid"),
    "another scheme": ({"url": API.replace("https", "http")}, "signature_invalid"),
    "another method": ({"method": "DELETE"}, "signature_invalid"),
    "no header": ({"headers": {}}, "parameter_absent"),
    "another scheme of authentication": (
        {"headers": {"Authorization": "Bearer x"}}, "parameter_absent",
    ),
    "a malformed header": ({"headers": {"Authorization": "OAuth x"}}, "parameter_rejected"),
    "a method that is none": ({"method": "G T"}, "parameter_rejected"),
    "a URL that is none": ({"url": "/photos"}, "parameter_rejected"),
    "a URL with user information": ({"url": "https://a@b/"}, "parameter_rejected"),
    "a script": ({"url": "javascript:alert(1)"}, "parameter_rejected"),
    "no URL": ({"url": ""}, "parameter_rejected"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
async def test_a_request_that_is_not_the_one_signed_is_not_active(
    photos: World, held: Credentials, wrong: str
) -> None:
    """THREATS 9"""
    change, reason = WRONG[wrong]
    told = await verdict(photos, {**request(photos, held), **change})
    assert told == {"active": False, "reason": reason}


async def test_the_reason_is_an_oauth_problem_word(photos: World, held: Credentials) -> None:
    """CONTRACT: `{"active": false, "reason": …}` and nothing more"""
    temporary = await initiate(photos)
    never = Credentials(KEY, SECRET, temporary["oauth_token"], temporary["oauth_token_secret"])
    for credentials, options, reason in (
        (Credentials(KEY, SECRET, held.token, "x"), {}, "signature_invalid"),
        (Credentials("nobody", SECRET), {}, "signature_invalid"),
        (never, {}, "signature_invalid"),
        (held, {"ahead_s": 900}, "timestamp_refused"),
        (held, {"signature_method": "HMAC-SHA512"}, "signature_method_rejected"),
        (held, {"extra": {"oauth_version": "2.0"}}, "version_rejected"),
        (held, {"extra": {"oauth_nonce": ""}}, "parameter_absent"),
    ):
        told = await verdict(photos, request(photos, credentials, **options))
        assert told == {"active": False, "reason": reason}


async def test_what_ended_is_not_active(world: World) -> None:
    """THREATS 16"""
    held = await token_credentials(world)
    await world.revoke(str(held.token), client_id=KEY)
    assert (await verdict(world, request(world, held)))["reason"] == "token_revoked"
    other = await token_credentials(world)
    await disable_client(world, KEY)
    for credentials in (other, CLIENT):
        told = await verdict(world, request(world, credentials))
        assert told["reason"] == "consumer_key_refused"


async def test_another_tenants_credentials_are_unknown(world: World) -> None:
    """THREATS 9, 39: own tenant only"""
    held = await token_credentials(world)
    await world.add_tenant("music")
    await world.add_client("listener", "music")
    await add_oauth1_client(world, slug="music")
    told = await verdict(world, request(world, held), caller=basic("listener"), slug="music")
    assert told == {"active": False, "reason": "signature_invalid"}
    answer = await post(world, request(world, held), basic("listener"))
    assert answer.status_code == 401


# Who may ask (THREATS 9)


async def test_a_caller_proves_itself(world: World) -> None:
    """THREATS 9: and who does not spends nothing"""
    await world.add_client(
        "public", secret=None, token_endpoint_auth_method="none",
        grant_types=["authorization_code"],
    )  # fmt: skip
    received = request(world, CLIENT)
    bearer = ("Authorization", "Bearer x")
    for caller in (
        basic("printer", "wrong"), basic("nobody"), basic("public", ""), basic("public"), bearer,
        ("X-Nothing", ""),
    ):  # fmt: skip
        answer = await post(world, received, caller)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        assert answer.headers["www-authenticate"].startswith("Basic realm=")
    await disable_client(world, "printer")
    assert (await post(world, received)).status_code == 401
    await change_client(world, KEY, client_name="The same")
    assert (await verdict(world, received, caller=basic(KEY)))["active"] is True


async def test_a_callers_wrong_secrets_are_counted(sqlite_database: str) -> None:
    """THREATS 49"""
    async with running_world(sqlite_database, limit_client_secret="2/3600") as world:
        statuses = [
            (await post(world, {}, basic("printer", "wrong"))).status_code for _ in range(4)
        ]
        assert statuses == [401, 401, 429, 429]


async def test_only_post_will_do(photos: World) -> None:
    answer = await post(photos, {}, method="GET")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


MALFORMED: dict[str, object] = {
    "nothing": b"",
    "no JSON": b"{",
    "a form": b"method=GET&url=x",
    "not UTF-8": b'{"method": "\xff"}',
    "a lone surrogate": b'{"method": "\\ud800", "url": "x"}',
    "a list": [],
    "null": None,
    "a number": 1,
    "no method": {"url": API},
    "no URL": {"method": "GET"},
    "a number for a URL": {"method": "GET", "url": 1},
    "a list of headers": {"method": "GET", "url": API, "headers": []},
    "a number for a header": {"method": "GET", "url": API, "headers": {"a": 1}},
    "a null header": {"method": "GET", "url": API, "headers": {"a": None}},
    "a header twice": {
        "method": "GET", "url": API, "headers": {"Authorization": "a", "authorization": "b"},
    },
    "an object for a body": {"method": "GET", "url": API, "body": {}},
    "deeply nested": b"[" * 30_000,
}  # fmt: skip


@pytest.mark.parametrize("wrong", MALFORMED)
async def test_a_malformed_question_is_a_400(photos: World, wrong: str) -> None:
    """THREATS 56"""
    answer = await post(photos, MALFORMED[wrong])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert answer.headers["cache-control"] == "no-store"


async def test_with_the_database_away_nobody_is_told_yes(pg_database: str) -> None:
    """THREATS 58, 59"""
    async with line(pg_database) as wire, running_world(wire.url) as world:
        await add_oauth1_client(world)
        held = await token_credentials(world)
        assert (await verdict(world, request(world, held)))["active"] is True
        received = request(world, held)
        await wire.cut()
        answer = await post(world, received)
        assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
        assert answer.headers["retry-after"] == "1"
        await wire.open()
        assert (await verdict(world, received))["active"] is True
