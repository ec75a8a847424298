"""An app that is told of logouts, in a world that may call this machine."""

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import httpx
import orjson
from joserfc import jwt
from joserfc.jwk import KeySet

from consentry.records.outbox import Effect
from support.people import bought
from support.world import World, hidden, running_world
from web.origin import Origin, serving

EVENT = "http://schemas.openid.net/event/backchannel-logout"
FRONT = "http://127.0.0.1:9999/signed-out?from=us"
SCOPE = "openid profile photos.read offline_access"


@dataclass
class Told:
    """The app `album`: what it received at its `backchannel_logout_uri`, and what it answers."""

    world: World
    origin: Origin
    status: str = "200 OK"
    retry_after: str = "0"

    @property
    def uri(self) -> str:
        return self.origin.url("/out?a=b")

    @property
    def tokens(self) -> Sequence[str]:
        forms = [parse_qs(body.decode(), strict_parsing=True) for body in self.origin.bodies]
        assert all(list(form) == ["logout_token"] for form in forms)
        return [form["logout_token"][0] for form in forms]

    async def claims(self, slug: str = "photos") -> list[dict[str, Any]]:
        """Those of every token, after joserfc has checked the signatures."""
        async with self.world.new_browser(slug) as client:
            keys = KeySet.import_key_set((await client.get("/oauth2/jwks")).json())
        algs = ["RS256", "ES256"]
        return [dict(jwt.decode(one, keys, algorithms=algs).claims) for one in self.tokens]

    def headers(self) -> list[dict[str, Any]]:
        """The JOSE headers of every token."""
        firsts = [one.partition(".")[0] for one in self.tokens]
        return [orjson.loads(base64.urlsafe_b64decode(one + "==")) for one in firsts]

    async def notices(self, client_id: str = "album", slug: str = "photos") -> list[Effect]:
        """What the app was to be told, newest first."""
        outbox = self.world.store(slug).outbox
        return await outbox.page("backchannel_logout", subject=client_id, limit=100)

    async def states(self, client_id: str = "album") -> list[tuple[str, int, str]]:
        """State, attempts and outcome of each."""
        return [(one.state, one.attempts, one.outcome) for one in await self.notices(client_id)]

    async def enter(self, browser: httpx.AsyncClient | None = None, **changes: Any) -> Any:
        """Sign in to the app; its token answer."""
        asked = {"client_id": "album", "scope": "openid profile", **changes}
        return await bought(self.world, browser=browser, **asked)


async def sign_out(browser: httpx.AsyncClient) -> httpx.Response:
    """At `/logout`, by its form."""
    page = await browser.get("/logout")
    return await browser.post("/logout", data={**hidden(page), "decision": "logout"})


@asynccontextmanager
async def told_by(database: str, *, fetch_private_addresses: bool = True) -> AsyncIterator[Told]:
    """The app in the tenant `photos`, with an origin of its own."""

    async def answer(_: Origin, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {made.status}", "Content-Length: 0", f"Location: {made.uri}"]
        lines.append(f"Retry-After: {made.retry_after}")
        writer.write("\r\n".join([*lines, "", ""]).encode())

    async with serving(answer) as origin:
        async with running_world(
            database, fetch_private_addresses=fetch_private_addresses
        ) as world:
            made = Told(world, origin)
            await world.add_client("album", backchannel_logout_uri=made.uri, scope=SCOPE)
            yield made
