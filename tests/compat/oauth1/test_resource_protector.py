"""Protected resources by the names of the references."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from compat.oauth1.photos import ORIGIN, Client, Photos, SetClock, Signer, Token
from consentry.compat.oauth1 import (
    MemoryCache,
    OAuth1Error,
    ResourceProtector,
    create_exists_nonce_func,
    current_credential,
)
from consentry.compat.oauth1.cached import ResourceProtector as ModelProtector
from consentry.compat.oauth1.resource_protector import Asking, SigningProtector

Protect = Callable[..., Any]
TOKEN = {"oauth_token": "nnch734d00sl2jdk", "oauth_token_secret": "pfkkdhi9sl3r4s00"}


@dataclass
class Tables:
    """What the app keeps."""

    clock: SetClock = field(default_factory=SetClock)
    clients: dict[str, Client] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clients["printer"] = Client("printer")
        self.tokens = [Token(**TOKEN, client_id="printer", user_id=7)]

    async def token(self, client_id: str, oauth_token: str) -> Token | None:
        found = (client_id, oauth_token)
        return next((one for one in self.tokens if (one.client_id, one.oauth_token) == found), None)


def by_hooks(tables: Tables, **settings: Any) -> SigningProtector:
    """S1: three functions."""
    protector = ResourceProtector(
        query_client=tables.clients.get,
        query_token=tables.token,
        exists_nonce=create_exists_nonce_func(MemoryCache(tables.clock)),
        clock=tables.clock,
    )
    protector.init_app(Starlette(), config={"AUTHLIB_OAUTH1_PROVIDER": settings})
    return protector


def by_models(tables: Tables, **settings: Any) -> SigningProtector:
    """S0: a client and a token model."""

    class ClientTable:
        @staticmethod
        def find(client_id: str) -> Client | None:
            return tables.clients.get(client_id)

    class TokenTable:
        @staticmethod
        async def find(client_id: str, oauth_token: str) -> Token | None:
            return await tables.token(client_id, oauth_token)

    return ModelProtector(ClientTable, TokenTable, settings=settings, clock=tables.clock)


@pytest.fixture
def tables() -> Tables:
    return Tables()


@pytest.fixture(params=[by_hooks, by_models])
def protector(request: pytest.FixtureRequest, tables: Tables) -> SigningProtector:
    """Both kinds, over the same tables."""
    made: SigningProtector = request.param(tables)
    return made


def api(protector: SigningProtector) -> Starlette:
    """An app with a route of each form."""

    @protector
    async def bare(request: Request) -> Response:
        return JSONResponse({"user": request.state.oauth1_credential.user_id})

    @protector()
    async def called(request: Request) -> Response:
        return JSONResponse({"user": request.state.oauth1.user_id})

    @protector("Photos")
    async def with_realm(request: Request) -> Response:
        return JSONResponse({"user": current_credential.user_id})

    async def inside(request: Request) -> Response:
        credential = await protector.acquire_credential(request)
        return JSONResponse({"user": credential.user_id})

    endpoints = {"bare": bare, "called": called, "with_realm": with_realm, "inside": inside}
    routes = [
        Route(f"/{name}", one, methods=["GET", "POST", "PATCH"]) for name, one in endpoints.items()
    ]
    return Starlette(routes=routes)


async def ask(
    protector: SigningProtector, path: str, *, method: str = "GET", body: str = "",
    realm: str | None = None, signer: Signer | None = None, token: Any = TOKEN, **more: Any,
) -> httpx2.Response:  # fmt: skip
    """The answer to a request signed with the token."""
    clock: Any = protector._now
    signer = signer or Signer(Photos(clock=clock))
    url, headers, content = signer.signed(
        path, method=method, token=token, body=body, realm=realm, **more
    )
    transport = httpx2.ASGITransport(api(protector))
    async with httpx2.AsyncClient(transport=transport) as browser:
        return await browser.request(method, url, headers=headers, content=content)


@pytest.mark.parametrize("path", ["/bare", "/called", "/inside"])
async def test_a_signed_request_reaches_the_resource(
    protector: SigningProtector, path: str
) -> None:
    """S0 require_oauth: with and without parentheses

    S0 acquire_credential
    """
    answer = await ask(protector, path)
    assert (answer.status_code, answer.json()) == (200, {"user": 7})


@pytest.mark.parametrize(
    ("named", "status"), [("Photos", 200), ("Other", 401), (None, 401), ("photos", 401)]
)
async def test_a_realm_is_enforced(
    protector: SigningProtector, named: str | None, status: int
) -> None:
    """S0 require_oauth(realm)

    S1 current_credential inside the route
    """
    answer = await ask(protector, "/with_realm", realm=named)
    assert answer.status_code == status
    if status == 401:
        assert answer.headers["www-authenticate"] == 'OAuth realm="Photos"'
        assert answer.json()["error"] == "access_denied"


async def test_the_body_of_any_method_is_signed(protector: SigningProtector) -> None:
    """S1 body for POST and PUT only: any method with a form body"""
    assert (await ask(protector, "/bare", method="PATCH", body="a=1&a=2")).status_code == 200


async def test_nothing_sent_is_a_challenge(protector: SigningProtector) -> None:
    """S0 require_oauth: 401 with WWW-Authenticate"""
    transport = httpx2.ASGITransport(api(protector))
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as browser:
        answer = await browser.get("/bare")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("OAuth realm=")


@pytest.mark.parametrize(
    ("change", "status", "error", "problem"),
    [
        ({"token": {**TOKEN, "oauth_token": "other"}}, 401, "invalid_signature", None),
        (
            {"token": {**TOKEN, "oauth_token_secret": "other"}},
            401,
            "invalid_signature",
            "signature_invalid",
        ),
        ({"token": {}}, 400, "missing_required_parameter", "parameter_absent"),
        ({"timestamp": "1"}, 401, "invalid_request", "timestamp_refused"),
        (
            {"signature_method": "HMAC-SHA256"},
            400,
            "unsupported_signature_method",
            "signature_method_rejected",
        ),
    ],
)
async def test_a_refusal_is_json_in_both_vocabularies(
    protector: SigningProtector, change: dict[str, Any], status: int, error: str, problem: str
) -> None:
    """S0 validate_request: errors as JSON with status and no-store"""
    answer = await ask(protector, "/bare", **change)
    assert answer.status_code == status
    assert answer.json()["error"] == error
    assert answer.json()["oauth_problem"] == (problem or "signature_invalid")
    assert answer.headers["cache-control"] == "no-store"


async def test_unknown_clients_tokens_and_signatures_are_answered_alike(
    protector: SigningProtector,
) -> None:
    """THREATS 4

    S0 get_client_by_id

    S0 get_token_credential
    """
    clock: Any = protector._now
    photos = Photos(clock=clock)
    answers = [
        await ask(protector, "/bare", signer=Signer(photos, "nobody")),
        await ask(protector, "/bare", signer=Signer(photos, secret="wrong")),
        await ask(protector, "/bare", token={**TOKEN, "oauth_token": "unknown"}),
    ]
    assert len({(one.status_code, one.text) for one in answers}) == 1


async def test_a_token_counts_for_its_own_client_only(
    tables: Tables, protector: SigningProtector
) -> None:
    """S0 get_token_credential: by client id and token"""
    tables.clients["scanner"] = Client("scanner")
    clock: Any = protector._now
    answer = await ask(protector, "/bare", signer=Signer(Photos(clock=clock), "scanner"))
    assert answer.status_code == 401


async def test_of_fifty_copies_one_passes(protector: SigningProtector) -> None:
    """THREATS 1

    S0 exists_nonce at the resource
    """
    signer = Signer(Photos(clock=protector._now))  # type: ignore[arg-type]
    url, headers, _ = signer.signed("/bare", method="GET", token=TOKEN)
    transport = httpx2.ASGITransport(api(protector))
    async with httpx2.AsyncClient(transport=transport) as browser:
        answers = await asyncio.gather(*(browser.get(url, headers=headers) for _ in range(50)))
    assert sorted(one.status_code for one in answers) == [200] + [401] * 49
    assert {one.json()["error"] for one in answers if one.status_code == 401} == {"invalid_nonce"}


async def test_a_method_of_ones_own_is_the_protectors_own_too(tables: Tables) -> None:
    """S0 register_signature_method: not shared by the protector"""
    protector = by_hooks(tables, signature_methods=["HMAC-SHA1", "HMAC-SHA256"])
    other = by_hooks(tables, signature_methods=["HMAC-SHA1", "HMAC-SHA256"])
    protector.register_signature_method("HMAC-SHA256", lambda _: False)
    assert (await ask(protector, "/bare", signature_method="HMAC-SHA256")).status_code == 401
    assert (await ask(other, "/bare", signature_method="HMAC-SHA256")).status_code == 200


async def test_a_request_can_be_checked_by_its_parts(protector: SigningProtector) -> None:
    """S0 validate_request: method, address, body and headers; the request with client and token"""
    signer = Signer(Photos(clock=protector._now))  # type: ignore[arg-type]
    url, headers, _ = signer.signed("/bare?size=a4", method="GET", token=TOKEN)
    checked = await protector.validate_request("GET", url, b"", headers)
    assert (checked.client.client_id, checked.credential.user_id) == ("printer", 7)
    with pytest.raises(OAuth1Error):
        await protector.validate_request("GET", url, b"", headers)


async def test_hooks_may_be_methods_of_a_subclass(tables: Tables) -> None:
    """S0 get_client_by_id

    S0 get_token_credential

    S0 exists_nonce, overridden
    """

    class Own(ModelProtector):
        SUPPORTED_SIGNATURE_METHODS: ClassVar[list[str]] = ["HMAC-SHA512"]
        seen: ClassVar[list[tuple[str, str, str | None]]] = []

        async def get_client_by_id(self, client_id: str) -> Client | None:
            return tables.clients.get(client_id)

        async def get_token_credential(self, request: Asking) -> Token | None:
            return await tables.token(request.client_id, request.token or "")

        async def exists_nonce(self, nonce: str, request: Asking) -> bool:
            self.seen.append((request.timestamp, request.client_id, request.token))
            return False

    protector = Own(lambda _: None, lambda *_: None, clock=tables.clock)
    answer = await ask(protector, "/bare", signature_method="HMAC-SHA512")
    assert answer.status_code == 200
    assert Own.seen == [(str(int(tables.clock.now)), "printer", TOKEN["oauth_token"])]


@pytest.mark.parametrize("missing", ["query_client", "query_token", "exists_nonce"])
async def test_a_missing_function_is_named(tables: Tables, missing: str) -> None:
    """S1 ResourceProtector: three keyword hooks"""
    hooks: dict[str, Any] = {
        "query_client": tables.clients.get,
        "query_token": tables.token,
        "exists_nonce": create_exists_nonce_func(MemoryCache()),
    }
    hooks.pop(missing)
    protector = ResourceProtector(Starlette(), **hooks, clock=tables.clock)
    with pytest.raises(RuntimeError, match=f'"{missing}" function is required'):
        await ask(protector, "/bare")


async def test_settings_are_found_in_the_app(tables: Tables) -> None:
    """S1 init_app: OAUTH1_SUPPORTED_SIGNATURE_METHODS, hooks given late"""
    app = Starlette()
    app.state.config = {"OAUTH1_SUPPORTED_SIGNATURE_METHODS": ["HMAC-SHA256"]}
    protector = ResourceProtector(clock=tables.clock)
    protector.init_app(
        app, tables.clients.get, tables.token, create_exists_nonce_func(MemoryCache())
    )
    assert (await ask(protector, "/bare", signature_method="HMAC-SHA256")).status_code == 200
    assert (await ask(protector, "/bare")).status_code == 400


def test_outside_a_protected_route_there_is_no_credential() -> None:
    """S1 current_credential: raises instead of None"""
    with pytest.raises(RuntimeError):
        current_credential.get_oauth_token()
