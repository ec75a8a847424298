"""Signed requests that the platform verifies for an API of someone else's."""

import secrets
from dataclasses import replace
from typing import Any

import httpx2
import orjson
import pytest
import requests
from requests_oauthlib import OAuth1
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consentry.resource import RemoteOAuth1, current_credential
from consentry.spec.oauth1.encoding import FORM
from consentry.spec.oauth1.signing import Credentials, Signed, sign_request
from resource_library.api import HOST, call, challenges
from resource_library.signed import send
from support.signing import KEY, add_oauth1_client, token_credentials
from support.world import SECRET, World

VERIFY = "http://photos.localhost:8000/oauth1/verify"


def app_of(protector: RemoteOAuth1, scopes: Any = None, **options: Any) -> Starlette:
    @protector(scopes, **options)
    async def home(request: Request) -> Response:
        found = request.state.oauth1
        members = {
            "sub": found.sub, "client_id": found.client_id, "scope": str(found.scope),
            "realm": found.realm, "oauth_token": found.oauth_token,
        }  # fmt: skip
        assert current_credential == found
        return JSONResponse(members)

    return Starlette(routes=[Route("/", home, methods=["GET", "POST"])])


@pytest.fixture
def protector(platform_http: httpx2.AsyncClient) -> RemoteOAuth1:
    return RemoteOAuth1(VERIFY, "photo-api", SECRET, http=platform_http)


@pytest.fixture(scope="module")
async def jane(world: World) -> Credentials:
    """What the printer may sign with for Jane, who allowed it."""
    await add_oauth1_client(world)
    return await token_credentials(world)


def signed(world: World, credentials: Credentials, **options: Any) -> Signed:
    now, nonce = int(world.clock().timestamp()), secrets.token_hex(8)
    defaults = {"timestamp": now, "nonce": nonce, "url": f"{HOST}/", "method": "GET", **options}
    method, url = defaults.pop("method"), defaults.pop("url")
    return sign_request(credentials, method, url, **defaults)


@pytest.mark.parametrize("placement", ["header", "query"])
async def test_whose_request_it_is_comes_from_the_platform(
    world: World, jane: Credentials, protector: RemoteOAuth1, placement: str
) -> None:
    """S0 ResourceProtector: without a secret of any client at the API."""
    app = app_of(protector, "photos.read")
    answer = await send(app, signed(world, jane, placement=placement))
    user = await world.store().users.by_identifier("jane")
    assert user is not None
    assert answer.json() == {
        "sub": str(user.user_id),
        "client_id": KEY,
        "scope": "photos.read photos.print",
        "realm": None,
        "oauth_token": jane.token,
    }


async def test_a_form_is_verified_with_its_fields(
    world: World, jane: Credentials, protector: RemoteOAuth1
) -> None:
    app = app_of(protector)
    options: dict[str, Any] = {
        "method": "POST", "body": b"a3=a&a3=2+q",
        "content_type": "application/x-www-form-urlencoded",
    }  # fmt: skip
    for placement in ("header", "body"):
        request = signed(world, jane, placement=placement, **options)
        assert (await send(app, request, "POST")).status_code == 200
        request = signed(world, jane, placement=placement, **options)
        changed = replace(request, body=request.body.replace(b"a3=a", b"a3=b"))
        refused = await send(app, changed, "POST")
        assert (refused.status_code, refused.json()["error"]) == (401, "signature_invalid")


async def test_a_body_hash_is_verified(
    world: World, jane: Credentials, protector: RemoteOAuth1
) -> None:
    """THREATS 8"""
    app = app_of(protector)
    options: dict[str, Any] = {
        "method": "POST", "content_type": "application/json", "with_body_hash": True,
    }  # fmt: skip
    request = signed(world, jane, body=b'{"a":1}', **options)
    assert (await send(app, request, "POST")).status_code == 200
    changed = replace(signed(world, jane, body=b'{"a":1}', **options), body=b'{"a":2}')
    assert (await send(app, changed, "POST")).status_code in (400, 401)


async def test_a_request_of_a_well_known_library_is_let_in(
    world: World, jane: Credentials, protector: RemoteOAuth1
) -> None:
    """requests-oauthlib signs, the platform verifies, the API answers."""
    auth = OAuth1(jane.client_key, jane.client_secret, jane.token, jane.token_secret, realm="P")
    prepared = requests.Request("GET", f"{HOST}/?q=caf%C3%A9+%26", auth=auth).prepare()
    headers = {"Authorization": prepared.headers["Authorization"]}
    answer = await call(app_of(protector, realm="P"), path="/?q=caf%C3%A9+%26", headers=headers)
    assert (answer.status_code, answer.json()["realm"]) == (200, "P")


async def test_a_client_may_sign_for_itself(world: World, protector: RemoteOAuth1) -> None:
    await add_oauth1_client(world, "lone")
    answer = await send(app_of(protector), signed(world, Credentials("lone", SECRET)))
    assert (answer.json()["sub"], answer.json()["oauth_token"]) == ("lone", None)


async def test_a_request_counts_once(
    world: World, jane: Credentials, protector: RemoteOAuth1
) -> None:
    """THREATS 1"""
    app, request = app_of(protector), signed(world, jane)
    assert (await send(app, request)).status_code == 200
    again = await send(app, request)
    assert (again.status_code, again.json()["error"]) == (401, "nonce_used")
    assert challenges(again) == ['OAuth realm="api"']


@pytest.mark.parametrize(
    ("credentials", "options", "status", "error"),
    [
        ({"client_secret": "wrong"}, {}, 401, "signature_invalid"),
        ({"client_key": "nobody"}, {}, 401, "signature_invalid"),
        ({"token_secret": "wrong"}, {}, 401, "signature_invalid"),
        ({}, {"timestamp": 1_000_000_000}, 401, "timestamp_refused"),
        ({}, {"signature_method": "PLAINTEXT"}, 400, "signature_method_rejected"),
        ({}, {"nonce": ""}, 400, "parameter_absent"),
        ({}, {"extra": {"oauth_version": "2.0"}}, 400, "version_rejected"),
    ],
)
async def test_each_refusal_keeps_its_word(
    world: World,
    jane: Credentials,
    protector: RemoteOAuth1,
    credentials: dict[str, str],
    options: dict[str, Any],
    status: int,
    error: str,
) -> None:
    """THREATS 9: the API tells the client what the platform told it, and lets nobody in."""
    refused = await send(app_of(protector), signed(world, replace(jane, **credentials), **options))
    assert (refused.status_code, refused.json()["error"]) == (status, error)


async def test_scope_and_realm_are_enforced_here(
    world: World, jane: Credentials, protector: RemoteOAuth1
) -> None:
    """S0 require_oauth: the realm is enforced."""
    narrow, realm = app_of(protector, ["admin"]), app_of(protector, realm="Photos")
    refused = await send(narrow, signed(world, jane))
    assert (refused.status_code, refused.json()["error"]) == (401, "permission_denied")
    assert (await send(realm, signed(world, jane))).status_code == 401
    assert (await send(realm, signed(world, jane, realm="Photos"))).status_code == 200


async def test_a_disabled_client_is_let_in_no_more(world: World, protector: RemoteOAuth1) -> None:
    await add_oauth1_client(world, "passing")
    passing = await token_credentials(world, "passing")
    app = app_of(protector)
    assert (await send(app, signed(world, passing))).status_code == 200
    client = await world.store().clients.get("passing")
    assert client is not None
    client.row.disabled_at = world.clock()
    await world.store().clients.save(client.row)
    world.forget()
    assert (await send(app, signed(world, passing))).status_code == 401


async def test_an_api_with_a_wrong_secret_lets_nobody_in(
    world: World, jane: Credentials, platform_http: httpx2.AsyncClient
) -> None:
    """THREATS 9: the verifier answers authenticated clients only."""
    stranger = RemoteOAuth1(VERIFY, "photo-api", "x" * 30, http=platform_http)
    refused = await send(app_of(stranger), signed(world, jane))
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")


async def test_a_body_that_is_no_form_stays_here_and_only_its_hash_is_checked(
    world: World, jane: Credentials, protector: RemoteOAuth1
) -> None:
    request = signed(
        world, jane, method="POST", body=b"\xff", content_type="image/png", with_body_hash=True
    )
    app = app_of(protector)
    changed = await send(app, replace(request, body=b"\xfe"), "POST")
    assert (changed.status_code, changed.json()["error"]) == (400, "parameter_rejected")
    assert (await send(app, request, "POST")).status_code == 200


async def test_a_form_that_is_no_text_is_refused(
    world: World, jane: Credentials, protector: RemoteOAuth1
) -> None:
    request = signed(world, jane, method="POST", body=b"a=b", content_type=FORM)
    refused = await send(app_of(protector), replace(request, body=b"a=\xff"), "POST")
    assert (refused.status_code, refused.json()["error"]) == (400, "parameter_rejected")


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"active": 1},
        {"active": True},
        {"active": True, "client_id": 5},
        {"active": True, "client_id": "printer", "sub": 5},
        {"active": True, "client_id": "printer", "scope": 'a"b'},
        [],
    ],
    ids=str,
)
async def test_an_answer_that_says_nothing_lets_nobody_in(
    world: World, jane: Credentials, answer: Any
) -> None:
    async def verifier(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=orjson.dumps(answer))

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(verifier)) as http:
        protector = RemoteOAuth1(VERIFY, "photo-api", SECRET, http=http)
        assert (await send(app_of(protector), signed(world, jane))).status_code == 503


async def test_a_reason_nobody_knows_is_a_refusal(world: World, jane: Credentials) -> None:
    async def verifier(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json={"active": False, "reason": "the weather"})

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(verifier)) as http:
        protector = RemoteOAuth1(VERIFY, "photo-api", SECRET, http=http)
        refused = await send(app_of(protector), signed(world, jane))
        assert (refused.status_code, refused.json()["error"]) == (401, "signature_invalid")


async def test_a_credential_may_be_acquired_by_hand(
    world: World, jane: Credentials, protector: RemoteOAuth1
) -> None:
    """S0 acquire_credential"""

    async def home(request: Request) -> Response:
        found = await protector.acquire_credential(request, "photos.read")
        return JSONResponse(found.client_id)

    app = Starlette(routes=[Route("/", home)])
    assert (await send(app, signed(world, jane))).json() == KEY
    assert (await send(app, signed(world, replace(jane, token="x")))).status_code == 401
    await RemoteOAuth1(VERIFY, "photo-api", SECRET).aclose()
