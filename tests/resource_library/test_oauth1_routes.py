"""Signed requests at the routes of an API: realms, scopes, hosts, and bearer tokens beside."""

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from consentry.resource import (
    AnyOf,
    ProtectMiddleware,
    ResourceProtector,
    current_credential,
    current_token,
)
from resource_library.api import HOST, Own, call, challenges
from resource_library.signed import Records, app_of, send, signed


@pytest.fixture
def records() -> Records:
    return Records()


async def test_a_realm_that_is_asked_for_must_be_named(records: Records) -> None:
    """S0 require_oauth: the realm is enforced."""
    app = app_of(records.protector(realm="Photos"))
    assert (await send(app, signed(realm="Photos"))).status_code == 200
    for number, realm in enumerate((None, "photos", "")):
        refused = await send(app, signed(realm=realm, nonce=f"n{number}"))
        assert (refused.status_code, refused.json()["error"]) == (401, "permission_denied")
        assert challenges(refused) == ['OAuth realm="Photos"']


async def test_a_route_may_ask_for_a_realm_of_its_own(records: Records) -> None:
    """S0 require_oauth: realm as an argument."""
    app = app_of(records.protector(realm="Photos"), realm="Prints")
    assert (await send(app, signed(realm="Prints"))).status_code == 200
    refused = await send(app, signed(realm="Photos", nonce="n2"))
    assert (refused.status_code, challenges(refused)) == (401, ['OAuth realm="Prints"'])


@pytest.mark.parametrize(
    ("scope", "status"), [("photos.read", 200), ("photos.print", 401), (None, 401), ("", 401)]
)
async def test_scopes_are_those_of_the_credentials(
    records: Records, scope: str | None, status: int
) -> None:
    """S0 require_oauth: PARITY 5.3 Bearer protector, the same grammar."""
    records.tokens["printer", "jane-token"].scope = scope
    app = app_of(records.protector(), ["photos.read", "admin"])
    assert (await send(app, signed())).status_code == status


async def test_a_scope_may_be_a_method(records: Records) -> None:
    token = records.tokens["printer", "jane-token"]
    token.get_scope = lambda: "photos.print"  # type: ignore[attr-defined]
    app = app_of(records.protector(), "photos.print")
    assert (await send(app, signed())).status_code == 200


async def test_behind_a_proxy_the_public_address_is_what_is_signed(records: Records) -> None:
    """PARITY 2.2 Behind a proxy"""
    app = app_of(records.protector(public_url=HOST))
    headers = signed().headers
    inside = {"Host": "10.0.0.7:8080", "X-Forwarded-Host": "evil.example"}
    assert (await call(app, headers={**headers, **inside})).status_code == 200
    elsewhere = signed(url="https://other.photos.example/", nonce="n2").headers
    other = {"Host": "other.photos.example"}
    assert (await call(app, headers={**elsewhere, **other})).status_code == 401


async def test_two_hosts_are_refused(records: Records) -> None:
    """THREATS 33"""
    app = app_of(records.protector())

    async def twice(scope: Any, receive: Any, send: Any) -> None:
        scope["headers"].append((b"host", b"evil.example"))
        await app(scope, receive, send)

    assert (await call(twice, headers=signed().headers)).status_code == 400


@pytest.mark.parametrize(
    "public_url",
    [
        "photos.example",
        "ftp://photos.example",
        "https://u@photos.example",
        "https://h/api",
        "https://h?q",
    ],
)
def test_a_public_url_is_scheme_and_host(records: Records, public_url: str) -> None:
    with pytest.raises(ValueError, match="public_url"):
        records.protector(public_url=public_url)


async def test_a_request_is_verified_once_however_many_ask(records: Records) -> None:
    """Middleware, decorator and `acquire_credential`: the nonce is spent by the first."""
    protector = records.protector()

    @protector("photos.read")
    async def home(request: Request) -> Any:
        again = await protector.acquire_credential(request, "photos.read")
        return PlainTextResponse(f"{again.owner} {again == current_credential}")

    app = ProtectMiddleware(Starlette(routes=[Route("/", home)]), protector)
    assert (await send(app, signed())).text == "jane True"
    assert (await send(app, signed())).json()["error"] == "nonce_used"


async def test_a_fastapi_dependency_gives_the_credential(records: Records) -> None:
    """S1 current_credential"""
    app, protector = FastAPI(), records.protector()

    @app.get("/")
    async def home(one: Annotated[Any, Depends(protector.dependency("photos.read"))]) -> Any:
        return [one.owner, current_credential.owner]

    assert (await send(app, signed())).json() == ["jane", "jane"]
    refused = await send(app, signed())
    assert (refused.status_code, refused.json()["error"]) == (401, "nonce_used")


def test_a_handshake_may_be_signed(records: Records) -> None:
    async def greet(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text(socket.state.oauth1.owner)
        await socket.close()

    app = Starlette(routes=[WebSocketRoute("/", greet)])
    request = signed(url="http://testserver/")
    with TestClient(ProtectMiddleware(app, records.protector())) as client:
        with client.websocket_connect("/", headers=request.headers) as socket:
            assert socket.receive_text() == "jane"


@pytest.fixture
def either(records: Records) -> AnyOf:
    return AnyOf(ResourceProtector(Own(good="photos.read")), records.protector())


async def test_a_route_may_take_either(records: Records, either: AnyOf) -> None:
    """PARITY 5.3 Bearer protector, S1 ResourceProtector: both on one route."""
    app = FastAPI()

    @app.get("/")
    @either("photos.read")
    async def home() -> Any:
        return [bool(current_token), bool(current_credential)]

    assert (await call(app, "good")).json() == [True, False]
    assert (await send(app, signed())).json() == [False, True]
    await either.aclose()


async def test_a_route_for_either_asks_for_both(either: AnyOf) -> None:
    refused = await call(app_of(either, "photos.read"))
    assert challenges(refused) == ['Bearer realm="api"', 'OAuth realm="api"']


async def test_who_used_one_kind_hears_of_that_kind(records: Records, either: AnyOf) -> None:
    app = app_of(either, "photos.read")
    [challenge] = challenges(await call(app, "bad"))
    assert challenge.startswith("Bearer")
    records.clock.now += 1000
    assert challenges(await send(app, signed())) == ['OAuth realm="api"']


async def test_credentials_of_two_kinds_are_refused(either: AnyOf) -> None:
    app = app_of(either)
    request = signed(placement="query")
    refused = await call(app, "good", request.url)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    assert len(challenges(refused)) == 2


def test_two_protectors_of_one_kind_are_one_too_many(records: Records) -> None:
    with pytest.raises(ValueError, match="two protectors"):
        AnyOf(records.protector(), records.protector())


async def test_optional_lets_in_who_signs_nothing(records: Records) -> None:
    app = app_of(records.protector(), optional=True)
    assert (await call(app)).json()["owner"] is None
    assert (await send(app, signed())).json()["owner"] == "jane"
    assert (await send(app, signed())).status_code == 401
