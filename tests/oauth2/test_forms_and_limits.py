"""How requests are read: once each, from the body alone, within bounds (THREATS 12, 56)."""

from collections.abc import AsyncIterator

import httpx
import pytest

from consentry.main import TENANT_ENDPOINTS
from support.token_side import ADDRESS, FORM, Headers, basic, bought, send
from support.world import PKCE, SECRET, World, answer_of, hidden

FORMS = ("/oauth2/token", "/oauth2/introspect", "/oauth2/revoke")
GOOD = b"grant_type=client_credentials&token=x"


async def post(world: World, path: str, body: bytes, *more: tuple[str, str]) -> httpx.Response:
    return await send(world, path, body, headers=[FORM, basic(), *more])


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    "twice",
    [b"token=x&token=x", b"grant_type=a&grant_type=a", b"scope=a&scope=b", b"client_id=&client_id=",
     b"client_secret=a&client_secret=b", b"code=a&%63ode=b", b"unknown=1&unknown=2",
     b"token=&token=x"],
)  # fmt: skip
async def test_a_repeated_parameter_is_refused(
    shared_world: World, path: str, twice: bytes
) -> None:
    """RFC 6749 §3.2, THREATS 12"""
    answer = await post(shared_world, path, twice)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert "repeated" in answer.json()["error_description"]


async def test_a_repeated_parameter_is_refused_at_every_other_endpoint(
    shared_world: World,
) -> None:
    """RFC 6749 §3.1, THREATS 12"""
    world, tokens = shared_world, await bought(shared_world)
    asked = await world.ask(pkce=PKCE)
    query = asked.request.url.query.decode()
    for again in ("state=x", "scope=openid", "response_type=code", "nonce=n"):
        async with world.new_browser() as client:
            answer = answer_of(await client.get(f"/oauth2/authorize?{query}&{again}"))
        assert answer["error"] == "invalid_request"
        assert answer["iss"] == "http://photos.localhost:8000"
        assert ("state" in answer) is (again != "state=x")
    async with world.new_browser() as client:
        for again in ("client_id=printer", "redirect_uri=x"):
            page = await client.get(f"/oauth2/authorize?{query}&{again}")
            assert (page.status_code, "location" in page.headers) == (400, False)
        page = await client.get("/oauth2/logout?client_id=printer&client_id=printer")
        assert page.status_code == 400
        form = f"access_token={tokens.access_token}"
        twice = await send(world, "/oauth2/userinfo", f"{form}&{form}")
        assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")
        login = await client.get("/login")
        body = "&".join(f"{n}={v}" for n, v in hidden(login).items())
        sent = await client.post(
            "/login", content=f"{body}&username=a&username=b&password=c", headers=[FORM]
        )
        assert sent.status_code == 400
    for path in ("/consent", "/logout", "/login/select", "/account/apps/printer/withdraw"):
        sent = await world.browser.post(path, content="flow=a&flow=b", headers=[FORM])
        assert sent.status_code in (303, 400, 403), path
        assert "9999" not in sent.headers.get("location", "")


async def test_resource_alone_may_be_repeated(shared_world: World) -> None:
    """RFC 8707 §2"""
    answer = await post(shared_world, "/oauth2/token", GOOD + b"&resource=a:b&resource=a:c")
    assert answer.json()["error"] == "invalid_target"


@pytest.mark.parametrize("path", FORMS)
async def test_the_query_is_not_read(shared_world: World, path: str) -> None:
    """RFC 6749 §3.2, THREATS 12"""
    query = "grant_type=client_credentials&token=x"
    answer = await post(shared_world, f"{path}?{query}", b"")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    secret = f"client_id=printer&client_secret={SECRET}"
    anonymous = await send(shared_world, f"{path}?{query}&{secret}", GOOD)
    assert (anonymous.status_code, anonymous.json()["error"]) == (401, "invalid_client")
    beside = await post(shared_world, f"{path}?{query}&token=y", GOOD)
    assert beside.status_code == 200


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    "content_type",
    ["application/json", "text/plain", "multipart/form-data; boundary=x", "", "application/x-www",
     "text/plain, application/x-www-form-urlencoded"],
)  # fmt: skip
async def test_only_a_form_is_read(shared_world: World, path: str, content_type: str) -> None:
    """RFC 6749 §3.2 and appendix B"""
    headers: Headers = [basic(), ("Content-Type", content_type)] if content_type else [basic()]
    answer = await send(shared_world, path, GOOD, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded; charset=UTF-8", "Application/X-WWW-Form-URLEncoded",
     "application/x-www-form-urlencoded;charset=utf-8"],
)  # fmt: skip
async def test_a_form_is_one_in_any_spelling(shared_world: World, content_type: str) -> None:
    """RFC 9110 §8.3.1"""
    headers = [basic(), ("Content-Type", content_type)]
    answer = await send(shared_world, "/oauth2/token", GOOD, headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize(
    "more",
    [b"a=%00", b"a=\0", b"%00=a", b"a=%ff", b"a=\xff", b"a=%zz", b"a=%", b"a=%C3%28", b"%0a=x",
     b"a=%ED%A0%80"],
)  # fmt: skip
async def test_what_no_form_holds_is_refused(shared_world: World, path: str, more: bytes) -> None:
    """THREATS 56"""
    answer = await post(shared_world, path, GOOD + b"&" + more)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_hundred_parameters_are_read_and_no_more(shared_world: World) -> None:
    """THREATS 56"""
    most = b"&".join(b"p%d=1" % number for number in range(98))
    assert (await post(shared_world, "/oauth2/token", GOOD + b"&" + most)).status_code == 200
    over = await post(shared_world, "/oauth2/token", GOOD + b"&one=1&" + most)
    assert (over.status_code, over.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("path", [*FORMS, "/oauth2/userinfo", "/login", "/consent"])
async def test_a_body_has_64_kib_at_most(shared_world: World, path: str) -> None:
    """THREATS 56"""
    most = GOOD + b"&x=" + b"x" * (65_536 - len(GOOD) - 3)
    assert (await post(shared_world, path, most)).status_code != 413
    over = await post(shared_world, path, most + b"x")
    assert over.status_code == 413
    assert over.headers["cache-control"] == "no-store"
    assert over.headers["x-request-id"]


async def test_a_body_of_unsaid_length_is_bounded_too(shared_world: World) -> None:
    """THREATS 56"""

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(65):
            yield b"x" * 1_024

    transport = httpx.ASGITransport(shared_world.app, client=(ADDRESS, 1))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://photos.localhost:8000"
    ) as client:
        answer = await client.post("/oauth2/token", content=endless(), headers=[FORM])
    assert answer.status_code == 413


@pytest.mark.parametrize("path", TENANT_ENDPOINTS)
async def test_another_method_is_named_the_right_ones(shared_world: World, path: str) -> None:
    """RFC 9110 §15.5.6"""
    allowed = set(TENANT_ENDPOINTS[path].methods)
    allowed |= {"HEAD"} if "GET" in allowed else set()
    for method in {"GET", "POST", "PUT", "DELETE", "PATCH", "TRACE"} - allowed:
        answer = await send(shared_world, path, method=method, headers=[basic()])
        assert answer.status_code == 405, method
        assert {one.strip() for one in answer.headers["allow"].split(",")} == allowed
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", FORMS)
async def test_get_never_works_with_credentials_in_the_address(
    shared_world: World, path: str
) -> None:
    """RFC 6749 §3.2, THREATS 18"""
    query = f"grant_type=client_credentials&client_id=printer&client_secret={SECRET}&token=x"
    answer = await send(shared_world, f"{path}?{query}", method="GET", headers=())
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_scripts_of_other_origins_may_call_what_takes_no_cookies(
    shared_world: World,
) -> None:
    """RFC 9700 §2.6: no CORS where a browser is sent with cookies."""
    open_to_all = {one.name for one in TENANT_ENDPOINTS.values() if one.cross_origin}
    assert open_to_all == {
        "token", "revocation", "userinfo", "jwks", "configuration", "whoami",
    }  # fmt: skip
    for path, endpoint in TENANT_ENDPOINTS.items():
        origin = ("Origin", "https://app.example")
        asked = [origin, ("Access-Control-Request-Method", "POST")]
        preflight = await send(shared_world, path, method="OPTIONS", headers=asked)
        allowed = preflight.headers.get("access-control-allow-origin")
        assert (preflight.status_code, allowed) == (
            (204, "*") if endpoint.cross_origin else (405, None)
        )
        assert "access-control-allow-credentials" not in preflight.headers
