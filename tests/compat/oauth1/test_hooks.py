"""The server with hooks: registration, and what is missing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette

from compat.oauth1.photos import CALLBACK, Photos, Signer, members
from consentry.compat.oauth1 import (
    AuthorizationServer,
    MemoryCache,
    register_nonce_hooks,
    register_temporary_credential_hooks,
)
from consentry.compat.oauth1.hooked import HOOKS
from consentry.spec.oauth1.errors import ConsumerKeyRefused, OAuth1Error, ServiceUnavailable


async def started(app: Starlette) -> list[str]:
    """What an app says at its start."""
    said: list[str] = []
    waiting = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        said.append(message["type"] + message.get("message", ""))

    try:
        await app({"type": "lifespan", "state": {}}, receive, send)
    except RuntimeError as error:
        said.append(str(error))
    return said


def test_there_are_six_hooks_and_no_other() -> None:
    """S1 register_hook: unknown name"""
    assert len(HOOKS) == 6
    server = AuthorizationServer()
    with pytest.raises(ValueError, match="'get_user'"):
        server.register_hook("get_user", print)
    with pytest.raises(TypeError, match="a function"):
        server.register_hook("exists_nonce", None)  # type: ignore[arg-type]


async def test_an_app_does_not_start_while_a_hook_is_missing() -> None:
    """S1 register_hook: missing ones detected at start-up"""
    app = Starlette()
    server = AuthorizationServer(app)
    register_nonce_hooks(server, MemoryCache())
    said = " ".join(await started(app))
    assert "lifespan.startup.complete" not in said
    assert '"create_token_credential" hook' in said
    assert '"query_client" function' in said
    assert '"exists_nonce"' not in said


async def test_an_app_with_all_hooks_starts_with_a_lifespan_of_its_own() -> None:
    """S1 init_app: beside the app's own lifespan"""
    ran: list[str] = []

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, int]]:
        ran.append("start")
        yield {"answer": 42}
        ran.append("end")

    app = Starlette(lifespan=lifespan)
    server = AuthorizationServer()
    server.init_app(app, query_client=lambda _: None)
    for name in HOOKS:
        server.register_hook(name, lambda *_: None)
    assert await started(app) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert ran == ["start", "end"]


@pytest.mark.parametrize("missing", HOOKS)
async def test_a_hook_that_is_missing_at_use_is_named(missing: str) -> None:
    """S1 register_hook: RuntimeError naming it"""
    photos = Photos()
    assert isinstance(photos.server, AuthorizationServer)
    del photos.server._hooks[missing]
    with pytest.raises(RuntimeError, match=f'"{missing}" hook is required'):
        await Signer(photos).bought()


async def test_a_server_without_clients_says_so() -> None:
    """S1 query_client: needed"""
    photos = Photos()
    assert isinstance(photos.server, AuthorizationServer)
    photos.server.query_client = None
    with pytest.raises(RuntimeError, match='"query_client" function is required'):
        await Signer(photos).initiate()


async def test_a_client_has_to_be_one() -> None:
    """S1 query_client: returns an object with ClientMixin"""
    photos = Photos()
    photos.clients["printer"] = object()  # type: ignore[assignment]
    with pytest.raises(TypeError, match="object has no get_default_redirect_uri"):
        await Signer(photos).initiate()


@pytest.mark.parametrize(
    ("refusal", "status", "header"),
    [
        (ConsumerKeyRefused("switched off"), 401, "www-authenticate"),
        (ServiceUnavailable("the database is away"), 503, "retry-after"),
    ],
)
async def test_a_function_of_the_app_may_refuse(
    refusal: OAuth1Error, status: int, header: str
) -> None:
    """S1 query_client: raises instead of answering

    THREATS 59
    """
    photos = Photos()
    assert isinstance(photos.server, AuthorizationServer)

    def refuse(_: str) -> None:
        raise refusal

    photos.server.query_client = refuse
    answer = await Signer(photos).send("/initiate", callback_uri=CALLBACK)
    assert answer.status_code == status
    assert members(answer)["oauth_problem"] == refusal.code
    assert header in answer.headers


async def test_hooks_may_be_plain_functions_and_get_the_known_arguments() -> None:
    """S1 hook signatures: sync as well as async"""
    photos = Photos()
    assert isinstance(photos.server, AuthorizationServer)
    hooks = dict(photos.server._hooks)
    got: dict[str, tuple[Any, ...]] = {}

    def spy(name: str) -> Any:
        def hook(*arguments: Any) -> Any:
            got[name] = arguments
            return hooks[name](*arguments)

        return hook

    for name in HOOKS:
        photos.server.register_hook(name, spy(name))
    temporary = await Signer(photos).initiate()
    now, token = str(int(photos.clock.now)), temporary["oauth_token"]
    assert got["exists_nonce"][1:] == (now, "printer", None)
    assert got["create_temporary_credential"][0]["oauth_token"] == token
    assert got["create_temporary_credential"][1:] == ("printer", CALLBACK)
    verifier = await Signer(photos).verifier(temporary)
    credential, user, given = got["create_authorization_verifier"]
    assert (credential.get_oauth_token(), user.id, given) == (token, 7, verifier)
    await Signer(photos).trade(temporary, verifier)
    assert got["exists_nonce"][1:] == (now, "printer", token)
    assert got["get_temporary_credential"] == got["delete_temporary_credential"] == (token,)
    assert set(got["create_token_credential"][0]) == {"oauth_token", "oauth_token_secret"}
    assert got["create_token_credential"][1].get_user_id() == 7


@pytest.mark.parametrize("kind", ["hooks", "cache"])
async def test_tokens_may_come_from_a_function_of_ones_own(kind: str) -> None:
    """S1 token_generator

    S0 Constructor, an optional generator
    """
    photos, made = Photos(kind=kind), iter("abc")

    async def token_generator() -> dict[str, str]:
        one = next(made)
        return {"oauth_token": f"token-{one}", "oauth_token_secret": f"secret-{one}"}

    photos.server.token_generator = token_generator
    bought = await Signer(photos).bought()
    assert bought == {"oauth_token": "token-b", "oauth_token_secret": "secret-b"}


async def test_hooks_over_a_cache_keep_to_their_prefixes() -> None:
    """S1 register_temporary_credential_hooks

    S1 register_nonce_hooks
    """
    photos, cache = Photos(), MemoryCache()
    assert isinstance(photos.server, AuthorizationServer)
    register_temporary_credential_hooks(photos.server, cache, key_prefix="temporary/")
    register_nonce_hooks(photos.server, cache, key_prefix="nonce/", expires=600)
    await Signer(photos).initiate()
    assert sorted(key.partition("/")[0] for key in cache._values) == ["nonce", "temporary"]


async def test_a_server_may_be_made_with_its_app_or_before_it() -> None:
    """S1 AuthorizationServer"""
    photos = Photos()
    early = AuthorizationServer(photos.app, photos.clients.get)
    late = AuthorizationServer()
    late.init_app(photos.app, query_client=photos.clients.get)
    for server in (early, late):
        assert await server.get_client_by_id("printer") is photos.clients["printer"]
