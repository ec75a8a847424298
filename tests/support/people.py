"""What tests of the people's side look at: pages, answers, ID tokens and rows."""

import html
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import sqlalchemy as sa
from authlib.oidc.core import CodeIDToken, ImplicitIDToken
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy.ext.asyncio import create_async_engine

from consentry.store.sql import tables
from support.world import CALLBACK, PKCE, World, answer_of, hidden

ISSUER = "http://photos.localhost:8000"
ALGS = ["RS256", "ES256", "PS256"]


async def asked(world: World, browser: httpx.AsyncClient | None = None, **changes: Any) -> Any:
    """The answer to an authorization request with PKCE."""
    return await world.ask(browser, PKCE, **changes)


async def page_of(
    world: World, browser: httpx.AsyncClient | None = None, **changes: Any
) -> httpx.Response:
    """The page a person sees first for a request."""
    return await landed(browser or world.browser, await asked(world, browser, **changes))


async def landed(browser: httpx.AsyncClient, response: httpx.Response) -> httpx.Response:
    """Where our own redirects lead."""
    for _ in range(5):
        location = response.headers.get("location", "/?")
        if response.status_code != 303 or not location.startswith("/") or location == "/?":
            return response
        response = await browser.get(location)
    raise AssertionError("redirects without end")


def step_of(response: httpx.Response) -> str:
    """Which of our pages a redirect leads to."""
    assert response.status_code == 303, response.text
    return urlsplit(response.headers["location"]).path


def error_of(response: httpx.Response) -> str:
    """The error a client is told by redirect."""
    assert response.headers["location"].startswith(CALLBACK), response.headers["location"]
    return answer_of(response)["error"]


def is_error_page(response: httpx.Response) -> bool:
    """A 400 page that leads nowhere and names its id."""
    named = response.headers["x-request-id"] in response.text
    alerted = 'role="alert"' in response.text
    return response.status_code == 400 and "location" not in response.headers and named and alerted


async def enter(
    browser: httpx.AsyncClient, page: httpx.Response, username: str, password: str, **headers: str
) -> httpx.Response:
    """Send a sign-in form."""
    fields = hidden(page) | {"username": username, "password": password}
    return await browser.post("/login", data=fields, headers=headers)


async def decide(
    browser: httpx.AsyncClient, page: httpx.Response, decision: str = "approve", **headers: str
) -> httpx.Response:
    """Press a button of the consent page."""
    fields = hidden(page) | {"decision": decision}
    return await browser.post("/consent", data=fields, headers=headers)


async def withdraw_app(
    browser: httpx.AsyncClient, client_id: str, scope: str | None = None
) -> httpx.Response:
    """Take an app, or one scope of it, back by the page that asks."""
    path = f"/account/apps/{client_id}/withdraw"
    page = await browser.get(path, params={"scope": scope} if scope else {})
    assert page.status_code == 200, page.text
    answer = await browser.post(path, data=hidden(page))
    assert answer.status_code == 303, answer.text
    return answer


async def bought(world: World, **changes: Any) -> dict[str, Any]:
    """The token answer of a flow with everything approved."""
    redeemed = {"client_id": changes["client_id"]} if "client_id" in changes else {}
    answer = await world.redeem(await world.authorize(**changes), **redeemed)
    assert answer.status == 200, answer.body
    return answer.body


async def id_claims(
    world: World, id_token: str, *, client_id: str = "printer", access_token: str | None = None,
    nonce: str | None = "n-0S6_WzA2Mj", implicit: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """The claims of an ID token, after joserfc has checked the signature and Authlib the rest."""
    async with world.new_browser() as client:
        keys = KeySet.import_key_set((await client.get("/oauth2/jwks")).json())
    token = jwt.decode(id_token, keys, algorithms=ALGS)
    options = {"iss": {"values": [ISSUER]}, "aud": {"values": [client_id]}}
    params = {"nonce": nonce, "client_id": client_id, "access_token": access_token}
    kind = ImplicitIDToken if implicit else CodeIDToken
    checked = kind(token.claims, token.header, options, params)
    checked.validate(now=int(world.clock().timestamp()))
    return dict(token.claims)


def parameters_of(page: httpx.Response) -> dict[str, str]:
    """What a form_post page sends."""
    return {name: html.unescape(value) for name, value in hidden(page).items()}


def query_of(response: httpx.Response) -> dict[str, list[str]]:
    """The query of a redirect, repeated names kept."""
    return parse_qs(urlsplit(response.headers["location"]).query, strict_parsing=True)


@asynccontextmanager
async def rows(world: World) -> AsyncIterator[Any]:
    """`await count()`: how many rows each table has, as another process sees it.

    But for that of the processes, where each writes that it is there when its time has come.
    """
    url = world.deployment.settings.database_url
    driver = url.replace("sqlite:", "sqlite+aiosqlite:").replace(
        "postgresql:", "postgresql+asyncpg:"
    )
    engine = create_async_engine(driver)

    async def count() -> dict[str, int]:
        async with engine.connect() as connection:
            return {
                name: int(
                    await connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
                )
                for name, table in tables.metadata.tables.items()
                if table is not tables.process
            }

    try:
        yield count
    finally:
        await engine.dispose()
