"""RFC 6749 §5.2, RFC 6750 §3: what a refused client is told, and how."""

import re
from dataclasses import dataclass, field

import httpx
import pytest

from store.line import line
from support.token_side import FORM, Headers, basic, bought, send
from support.world import World, running_world

TOKEN, INTROSPECT, REVOKE = "/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"
USERINFO = "/oauth2/userinfo"
# RFC 6749 §5.2: what error_description may hold.
DESCRIPTION = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]+")


@dataclass
class Case:
    """A request that must be refused, and how."""

    path: str
    body: str
    status: int
    error: str
    headers: Headers = field(default_factory=lambda: [FORM, basic()])


CASES = {
    "no grant type": Case(TOKEN, "x=y", 400, "invalid_request"),
    "unknown grant type": Case(TOKEN, "grant_type=x", 400, "unsupported_grant_type"),
    "quotes in a grant type": Case(TOKEN, 'grant_type="\\é', 400, "unsupported_grant_type"),
    "no code": Case(TOKEN, "grant_type=authorization_code", 400, "invalid_request"),
    "bad code": Case(TOKEN, "grant_type=authorization_code&code=x", 400, "invalid_grant"),
    "bad refresh token": Case(
        TOKEN, "grant_type=refresh_token&refresh_token=x", 400, "invalid_grant"
    ),
    "scope": Case(TOKEN, "grant_type=client_credentials&scope=x", 400, "invalid_scope"),
    "target": Case(TOKEN, "grant_type=client_credentials&resource=x", 400, "invalid_target"),
    "not its grant": Case(
        TOKEN, "grant_type=client_credentials", 400, "unauthorized_client", [FORM, basic("web")]
    ),
    "wrong secret": Case(TOKEN, "x=y", 401, "invalid_client", [FORM, basic("printer", "x")]),
    "no client": Case(INTROSPECT, "token=x", 401, "invalid_client", [FORM]),
    "no token": Case(INTROSPECT, "x=y", 400, "invalid_request"),
    "nothing to revoke": Case(REVOKE, "x=y", 400, "invalid_request"),
    "unknown client revokes": Case(REVOKE, "token=x", 401, "invalid_client", [FORM, basic("x")]),
    "no form": Case(TOKEN, "{}", 400, "invalid_request", [("Content-Type", "application/json")]),
    "a name in odd letters": Case(TOKEN, 'ä"\\=1&ä"\\=2', 400, "invalid_request"),
    "bad token": Case(USERINFO, "", 401, "invalid_token", [("Authorization", "Bearer x")]),
    "bad bearer": Case(USERINFO, "", 400, "invalid_request", [("Authorization", "Bearer x y")]),
}


@pytest.fixture(scope="module", autouse=True)
async def web(shared_world: World) -> None:
    await shared_world.add_client("web", grant_types=["authorization_code"])


async def refused(world: World, case: Case) -> httpx.Response:
    return await send(world, case.path, case.body.encode(), headers=case.headers)


@pytest.mark.parametrize("name", CASES)
async def test_every_error_is_in_the_rfcs_form(shared_world: World, name: str) -> None:
    """RFC 6749 §5.2, THREATS 47"""
    case = CASES[name]
    answer = await refused(shared_world, case)
    body = answer.json()
    assert (answer.status_code, body["error"]) == (case.status, case.error)
    assert set(body) <= {"error", "error_description"}
    assert DESCRIPTION.fullmatch(body["error_description"])
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])
    assert "set-cookie" not in answer.headers
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("name", CASES)
async def test_a_challenge_comes_with_401_and_fits(shared_world: World, name: str) -> None:
    """RFC 6749 §5.2, RFC 6750 §3, RFC 9110 §15.5.2"""
    case = CASES[name]
    challenge = (await refused(shared_world, case)).headers.get("www-authenticate")
    if case.path == USERINFO and case.status == 401:
        assert challenge is not None and challenge.startswith("Bearer realm=")
        assert f'error="{case.error}"' in challenge
    elif case.status == 401:
        assert challenge == 'Basic realm="http://photos.localhost:8000", charset="UTF-8"'


async def test_without_any_token_no_error_is_named(shared_world: World) -> None:
    """RFC 6750 §3.1"""
    answer = await send(shared_world, USERINFO, method="GET", headers=())
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["www-authenticate"] == 'Bearer realm="http://photos.localhost:8000"'


async def test_a_request_id_sent_to_us_is_not_ours(shared_world: World) -> None:
    """THREATS 54"""
    sent = [FORM, ("X-Request-Id", "mine")]
    ids = {
        (await send(shared_world, TOKEN, b"", headers=sent)).headers["x-request-id"]
        for _ in range(3)
    }
    assert len(ids) == 3 and "mine" not in ids


async def test_good_answers_are_kept_by_nobody(shared_world: World) -> None:
    """RFC 6749 §5.1, THREATS 47"""
    tokens = await bought(shared_world)
    for answer in (
        await shared_world.post(TOKEN, {"grant_type": "client_credentials"}),
        await shared_world.post(INTROSPECT, {"token": tokens.access_token}),
        await shared_world.userinfo(tokens.access_token),
        await shared_world.post(REVOKE, {"token": tokens.access_token}),
    ):
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["pragma"] == "no-cache"


async def test_with_the_database_away_every_endpoint_says_try_again(pg_database: str) -> None:
    """RFC 9110 §15.6.4, THREATS 58"""
    async with line(pg_database) as wire, running_world(wire.url) as world:
        tokens = await bought(world)
        code = await world.authorize()
        await wire.cut()
        for path, data in (
            (TOKEN, {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token}),
            (TOKEN, {"grant_type": "authorization_code", "code": code}),
            (INTROSPECT, {"token": tokens.access_token}),
            (REVOKE, {"token": tokens.refresh_token}),
        ):
            answer = await world.post(path, data)
            assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
            assert answer.headers["retry-after"] == "1"
            assert answer.headers["cache-control"] == "no-store"
        assert (await world.userinfo(tokens.access_token)).status_code == 503
        await wire.open()
        assert (await world.redeem(code)).status == 200
        assert (await world.refresh(tokens.refresh_token)).status == 200
