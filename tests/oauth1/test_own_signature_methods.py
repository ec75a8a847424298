"""Signature methods that a deployment brings (RFC 5849 §3.4: "a server can offer its own")."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from consentry.main import Application
from consentry.settings import Settings
from consentry.spec.oauth1.signatures import STANDARD_METHODS, SignatureMethods
from consentry.spec.oauth1.signing import Credentials
from support import toy_signatures as toys
from support.signing import KEY, add_oauth1_client, exchange, initiate, returned, send_signed
from support.signing import approve as approved
from support.world import SECRET, Clock, World, running_world

TOY: dict[str, Any] = {"signature_method": toys.NAME, "sign": toys.sign}


@asynccontextmanager
async def world_with(database: str, function: str, **metadata: Any) -> AsyncIterator[World]:
    """A deployment whose settings name a function, and a client that may use it."""
    methods = {toys.NAME: f"{toys.HERE}:{function}"}
    async with running_world(database, oauth1_signature_methods=methods) as world:
        await add_oauth1_client(world, **{"oauth1_signature_methods": [toys.NAME], **metadata})
        yield world


async def whoami(world: World, credentials: Credentials, **options: Any) -> httpx.Response:
    return await send_signed(world, "GET", "/api/v1/whoami", credentials, **{**TOY, **options})


@pytest.mark.parametrize("function", ["verify", "verify_later"])
async def test_all_three_steps_and_a_request_can_be_signed_by_it(
    sqlite_database: str, function: str
) -> None:
    """S0 register_signature_method: sync and async"""
    async with world_with(sqlite_database, function) as world:
        temporary = await initiate(world, **TOY)
        verifier = returned(await approved(world, temporary["oauth_token"]))["oauth_verifier"]
        bought = await exchange(world, temporary, verifier, **TOY)
        credentials = Credentials(KEY, SECRET, bought["oauth_token"], bought["oauth_token_secret"])
        assert (await whoami(world, credentials)).json()["protocol"] == "oauth1"
        other_secret = Credentials(KEY, "quite another secret", credentials.token, "x")
        refused = await whoami(world, other_secret)
        assert (refused.status_code, refused.json()["code"]) == (401, "signature_invalid")


async def test_it_is_for_clients_and_tenants_that_list_it(sqlite_database: str) -> None:
    async with world_with(
        sqlite_database, "verify", oauth1_signature_methods=["HMAC-SHA1"]
    ) as world:
        assert (await initiate(world, **TOY)).problem == "signature_method_rejected"
        await add_oauth1_client(world, "toyshop", oauth1_signature_methods=[toys.NAME])
        assert (await initiate(world, Credentials("toyshop", SECRET), **TOY)).status == 200
        await world.settings(oauth1_signature_methods=list(STANDARD_METHODS))
        refused = await initiate(world, Credentials("toyshop", SECRET), **TOY)
        assert refused.problem == "signature_method_rejected"


async def test_a_deployment_without_it_knows_no_such_method(sqlite_database: str) -> None:
    async with running_world(sqlite_database) as world:
        await add_oauth1_client(world, oauth1_signature_methods=[toys.NAME])
        assert (await initiate(world, **TOY)).problem == "signature_method_rejected"


@pytest.mark.parametrize("function", ["say_yes", "say_yes_later"])
async def test_an_answer_that_is_no_bool_lets_nobody_in_and_is_logged(
    sqlite_database: str, function: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """S0 register_signature_method: anything but a bool is refused at call time"""
    async with world_with(sqlite_database, function) as world:
        capfd.readouterr()
        answer = await whoami(world, Credentials(KEY, SECRET))
    assert answer.status_code == 500
    assert "bool" not in answer.text and toys.NAME not in answer.text
    said = "".join(capfd.readouterr())
    assert "request_failed" in said
    assert f"signature method {toys.NAME} must answer True or False" in said
    assert SECRET not in said


async def test_an_application_can_be_given_a_function(sqlite_database: str) -> None:
    """S0 register_signature_method: for each application its own"""
    clock = Clock()
    app = Application(
        Settings(database_url=sqlite_database, secret_key="only-for-tests-" * 4, access_log=False),
        clock,
    )
    app.register_signature_method(toys.NAME, toys.verify)
    world = World(app, await app.start(), clock)
    try:
        await world.add_tenant("photos")
        await add_oauth1_client(world, oauth1_signature_methods=[toys.NAME])
        assert (await initiate(world, **TOY)).status == 200
    finally:
        await app.stop()
    assert toys.NAME not in SignatureMethods().names


@pytest.mark.parametrize(
    ("name", "verify", "reason"),
    [
        ("HMAC-SHA1", toys.verify, "HMAC-SHA1 is a standard method and cannot be replaced"),
        ("PLAINTEXT", toys.verify, "PLAINTEXT is a standard method and cannot be replaced"),
        ("", toys.verify, "'' is no name of 1 to 50 of A-Z a-z 0-9 . _ -"),
        ("TOY SHA3", toys.verify, "'TOY SHA3' is no name of 1 to 50 of A-Z a-z 0-9 . _ -"),
        (toys.NAME, toys.NO_FUNCTION, "TOY-SHA3 is not a function"),
    ],
)
def test_what_cannot_be_a_method_is_refused_at_once(name: str, verify: Any, reason: str) -> None:
    with pytest.raises(ValueError, match="register_signature_method") as refused:
        Application(Settings()).register_signature_method(name, verify)
    assert str(refused.value) == f"register_signature_method: {reason}"
