"""The guide for those who protect an API: its program, run against the platform."""

import secrets
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from consentry.operations.apply import apply
from consentry.operations.manifest import Manifest
from consentry.spec.oauth1.signing import Credentials, sign_request
from docs.pages import ROOT, blocks
from resource_library.api import HOST, call, challenges, guarded_by
from resource_library.signed import send
from support.signing import add_oauth1_client, token_credentials
from support.world import World

GUIDE = ROOT / "docs/protect-an-api.md"
OWN = Credentials("dpf43f3p2l4k3l03", "kd94hf93k423kf44", "nnch734d00sl2jdk", "pfkkdhi9sl3r4s00")


@pytest.fixture(scope="module")
async def guide(world: World) -> AsyncIterator[Any]:
    """The names of the guide's program; where it opens a client, it gets a way to the platform."""
    [manifest] = blocks(GUIDE, "yaml")
    await apply(world.deployment, Manifest.parse(manifest))
    world.forget()
    names: dict[str, Any] = {"__name__": "guide"}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(world.app)) as http:
        names["platform"] = http
        for block in blocks(GUIDE, "python"):
            exec(block.replace("httpx2.AsyncClient()", "platform"), names)  # noqa: S102
        yield SimpleNamespace(**names)


@pytest.fixture(scope="module")
async def token(world: World, guide: Any) -> str:
    code = await world.authorize(resource=HOST, scope="photos.read")
    return (await world.redeem(code)).access_token


async def test_its_routes_serve_who_has_a_token(guide: Any, token: str) -> None:
    me = (await call(guide.app, token, "/me")).json()
    assert me["client_id"] == "printer"
    assert (await call(guide.app, token, "/photos")).json()["scope"] == "photos.read"
    assert (await call(guide.app, token, "/photos/7")).json() == {"number": 7, "of": me["sub"]}
    assert (await call(guide.whole, token, "/archive")).text == me["sub"]
    assert (await call(guide.app, token, "/prints", method="POST")).status_code == 403


@pytest.mark.parametrize("path", ["/me", "/photos", "/photos/7", "/own"])
async def test_its_routes_refuse_who_has_none(guide: Any, path: str) -> None:
    refused = await call(guide.app, None, path)
    assert refused.status_code == 401
    assert challenges(refused) in (['Bearer realm="photos"'], ['OAuth realm="api"'])


async def test_its_middleware_guards_all_but_one_path(guide: Any) -> None:
    assert (await call(guide.whole, None, "/healthz")).text == "ok"
    assert (await call(guide.whole, None, "/archive")).status_code == 401


async def test_its_handler_answers_refusals_its_own_way(guide: Any, token: str) -> None:
    refused = await call(guide.albums)
    assert (refused.status_code, refused.json()) == (401, {"title": "sign in first"})
    assert challenges(refused) == ['Bearer realm="photos"']
    assert (await call(guide.albums, token)).json() == []


async def test_its_own_validator_is_one(guide: Any) -> None:
    app = guarded_by(guide.require_badge, "photos.read")
    assert (await call(app, "door-7")).json()["sub"] == "the door"
    assert (await call(app, "door-8")).status_code == 401


async def test_its_route_for_either_takes_signed_requests(world: World, guide: Any) -> None:
    await add_oauth1_client(world)
    jane, now = await token_credentials(world), int(world.clock().timestamp())
    request = sign_request(jane, "POST", f"{HOST}/prints", timestamp=now, nonce="n1")
    answer = await send(guide.app, request, "POST")
    assert (answer.status_code, answer.json()["with"]) == (200, "photo-printer")
    assert len(challenges(await call(guide.app, None, "/prints", method="POST"))) == 2


async def test_its_hooks_let_in_once_who_signs(world: World, guide: Any) -> None:
    now, nonce = int(world.clock().timestamp()), secrets.token_hex(8)
    request = sign_request(OWN, "GET", f"{HOST}/own", timestamp=now, nonce=nonce)
    assert (await send(guide.app, request)).json() == {"of": "jane"}
    assert (await send(guide.app, request)).json()["error"] == "nonce_used"
