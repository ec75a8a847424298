"""What token-side tests do beyond `World`: raw requests, a second process, disabled rows."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote_plus

import httpx
import orjson
from starlette.types import Message

from consentry.crypto import base64url
from consentry.main import Application
from support.patience import NEVER_S
from support.world import SECRET, Tokens, World, hidden

ADDRESS = "203.0.113.9"
FORM = ("Content-Type", "application/x-www-form-urlencoded")
Headers = Sequence[tuple[str, str]]


async def send(
    world: World,
    path: str,
    body: bytes | str = b"",
    *,
    method: str = "POST",
    slug: str = "photos",
    address: str = ADDRESS,
    headers: Headers = (FORM,),
) -> httpx.Response:
    """One request exactly as given, from an address."""
    transport = httpx.ASGITransport(world.app, client=(address, 4711))
    origin = f"http://{slug}.localhost:8000"
    async with httpx.AsyncClient(transport=transport, base_url=origin) as client:
        return await client.request(method, path, content=body, headers=list(headers))


def basic(client_id: str = "printer", secret: str = SECRET) -> tuple[str, str]:
    """An Authorization header, both halves form-encoded (RFC 6749 §2.3.1)."""
    joined = f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()
    return "Authorization", f"Basic {base64.b64encode(joined).decode()}"


async def bought(world: World, **changes: Any) -> Tokens:
    """The tokens one code buys, everything approved."""
    code = await world.authorize(**changes)
    tokens = await world.redeem(code, client_id=changes.get("client_id", "printer"))
    assert tokens.status == 200, tokens.body
    return tokens


async def client_token(world: World, client_id: str = "printer", **data: Any) -> Tokens:
    """What client credentials buy."""
    return await world.token({"grant_type": "client_credentials", **data}, client_id=client_id)


def claims_of(jwt: str) -> dict[str, Any]:
    """The claims of a JWT, unverified."""
    return dict(orjson.loads(base64url.decode(jwt.split(".")[1])))


def header_of(jwt: str) -> dict[str, Any]:
    """The header of a JWT."""
    return dict(orjson.loads(base64url.decode(jwt.split(".")[0])))


@asynccontextmanager
async def another_process(world: World, **settings: Any) -> AsyncIterator[World]:
    """A second application on the same database, by the same clock."""
    app = Application(world.deployment.settings.model_copy(update=settings), world.clock)
    other = World(app, await app.start(), world.clock)
    other.tenants = world.tenants
    try:
        yield other
    finally:
        await app.stop()


@asynccontextmanager
async def restarted(world: World, **settings: Any) -> AsyncIterator[World]:
    """The application stopped, and a new one on the same database."""
    await world.app.stop()
    async with another_process(world, **settings) as other:
        yield other


async def disable_client(world: World, client_id: str, slug: str = "photos") -> None:
    stored = await world.store(slug).clients.get(client_id)
    assert stored is not None
    stored.row.disabled_at = world.clock()
    await world.store(slug).clients.save(stored.row)
    world.forget(slug)


async def change_client(
    world: World, client_id: str, slug: str = "photos", **metadata: Any
) -> None:
    """Register something else about a client."""
    stored = await world.store(slug).clients.get(client_id)
    assert stored is not None
    stored.row.metadata_ = {**stored.row.metadata_, **metadata}
    await world.store(slug).clients.save(stored.row)
    world.forget(slug)


async def disable_user(world: World, username: str = "jane", slug: str = "photos") -> None:
    user = await world.store(slug).users.by_identifier(username)
    assert user is not None
    user.disabled_at = world.clock()
    await world.store(slug).users.save(user)


async def sign_out(browser: httpx.AsyncClient) -> None:
    """By the sign-out page."""
    page = await browser.get("/logout")
    answer = await browser.post("/logout", data={**hidden(page), "decision": "logout"})
    assert answer.status_code == 200, answer.text


async def eventually(claim: Callable[[], Awaitable[bool]]) -> None:
    """Wait until a claim is true. TimeoutError if it never is."""
    async with asyncio.timeout(NEVER_S):
        # What is waited for happens in another process: no event here could tell.
        while not await claim():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def status_of(world: World, path: str, *hosts: bytes, peer: str = ADDRESS) -> int:
    """The status of a GET with exactly these `Host` headers."""
    seen: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def say(message: Message) -> None:
        if message["type"] == "http.response.start":
            seen.append(message["status"])

    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"",
        "root_path": "", "headers": [(b"host", host) for host in hosts],
        "client": (peer, 4711), "server": ("127.0.0.1", 8000), "extensions": {},
    }  # fmt: skip
    await world.app(scope, receive, say)
    return seen[0]
