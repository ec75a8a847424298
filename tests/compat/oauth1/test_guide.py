"""The guide for those who come from Authlib's OAuth 1 provider, run as it stands."""

from typing import Any

import httpx2
import pytest
from authlib.integrations.httpx_client import AsyncOAuth1Client
from oauthlib import oauth1
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from compat.oauth1.photos import ORIGIN, members
from consentry.compat.oauth1 import error_code, hooked
from consentry.spec.oauth1 import errors
from docs.pages import ROOT, blocks

GUIDE = ROOT / "docs/from-authlib-oauth1.md"
CALLBACK = "https://printer.example.com/ready"


@pytest.fixture(scope="module")
def guide() -> dict[str, Any]:
    """What the code of the guide makes, run from top to bottom."""
    made: dict[str, Any] = {"__name__": "guide"}
    for block in blocks(GUIDE, "python"):
        exec(compile(block, GUIDE.name, "exec", dont_inherit=True), made)  # noqa: S102
    return made


async def bought(app: Starlette) -> AsyncOAuth1Client:
    """Authlib's client with a token of this app."""
    client = AsyncOAuth1Client(
        "printer",
        "kd94hf93k423kf44",
        redirect_uri=CALLBACK,
        transport=httpx2.ASGITransport(app),
        base_url=ORIGIN,
    )
    await client.fetch_request_token(f"{ORIGIN}/initiate")
    address = client.create_authorization_url(f"{ORIGIN}/authorize")
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as browser:
        page = await browser.get(address)
        assert page.text == "May printer see your photos?"
        approved = await browser.post(address, data={"decision": "approve"})
    client.parse_authorization_response(approved.headers["location"])
    await client.fetch_access_token(f"{ORIGIN}/token")
    return client


async def test_the_app_of_the_guide_works(guide: dict[str, Any]) -> None:
    """PARITY 7 naming map: the whole flow, and a protected resource"""
    client = await bought(guide["app"])
    answer = await client.get(f"{ORIGIN}/photos")
    assert answer.json() == {"owner": 7}
    assert (await client.get(f"{ORIGIN}/albums")).status_code == 401
    await client.aclose()


async def test_the_app_of_the_guide_says_no(guide: dict[str, Any]) -> None:
    """PARITY 7 naming map: a page that shows what is wrong"""
    transport = httpx2.ASGITransport(guide["app"])
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as browser:
        page = await browser.get("/authorize", params={"oauth_token": "unknown"})
    assert (page.status_code, page.text.partition(":")[0]) == (401, "invalid_token")


async def test_the_other_server_of_the_guide_works(guide: dict[str, Any]) -> None:
    """PARITY 7 naming map: CacheAuthorizationServer and its protector"""
    server = guide["cached_server"]

    async def initiate(request: Request) -> Any:
        return await server.create_temporary_credentials_response(request)

    app = Starlette(routes=[Route("/initiate", initiate, methods=["POST"])])
    client = oauth1.Client(
        "printer", "kd94hf93k423kf44", callback_uri=CALLBACK, signature_method="HMAC-SHA256"
    )
    url, headers, _ = client.sign(f"{ORIGIN}/initiate", "POST")
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as browser:
        answer = await browser.post(url, headers=headers)
    assert members(answer)["oauth_callback_confirmed"] == "true"


async def test_the_answer_in_parts_of_the_guide_is_one(guide: dict[str, Any]) -> None:
    """PARITY 7 create_token_response: (status, body, headers)"""
    scope: dict[str, Any] = {"type": "http", "method": "POST", "scheme": "https", "path": "/token"}
    scope |= {"query_string": b"", "headers": [(b"host", b"photos.example.net")]}
    status, body, headers = await guide["issue_token_in_parts"](Request(scope))
    assert status == 400
    assert body.startswith(b"error=missing_required_parameter")
    assert dict(headers)["content-type"] == "application/x-www-form-urlencoded"


def test_every_refusal_is_in_the_table() -> None:
    """PARITY 2.2 error vocabulary"""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in GUIDE.read_text().splitlines()
        if line.startswith("| `") and line.count("|") == 4
    ]
    for kind in vars(errors).values():
        if not (isinstance(kind, type) and issubclass(kind, errors.OAuth1Error)):
            continue
        if kind in (errors.OAuth1Error, errors.DuplicatedParameter):
            continue
        said = kind("x")
        assert any(
            f"`{error_code(said)}`" in row[0]
            and str(said.status) in row[1]
            and f"`{said.code}`" in row[2]
            for row in rows
        ), kind.__name__


def test_every_hook_is_named() -> None:
    """S1 register_hook: in the guide"""
    text = GUIDE.read_text()
    assert all(f"`{name}(" in text for name in hooked.HOOKS)
