"""openid-client, the client of Node.js: discovery, every flow and check it knows."""

import asyncio
import json
import pathlib
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from clients.registered import CALLBACK, SCOPE, SIGNED_OUT, Registered
from support.person import Person
from support.server import Server

HERE = pathlib.Path(__file__).parent
LINE_S = 60


class Driver:
    """The other library in its own process; a line of JSON in, a line out."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    def tell(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(text.encode() + b"\n")

    async def hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None and self._process.stderr is not None
        line = await asyncio.wait_for(self._process.stdout.readline(), LINE_S)
        if not line:
            raise AssertionError((await self._process.stderr.read()).decode())
        return dict(json.loads(line))


@asynccontextmanager
async def driving() -> AsyncIterator[Driver]:
    """A new driver."""
    node = shutil.which("node")
    assert node, "these tests drive a client of Node.js: install Node.js 20 or newer"
    assert (HERE / "node_modules").is_dir(), "run `python3 dev.py test` once: it installs them"
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        node, str(HERE / "openid_client.mjs"), stdin=pipe, stdout=pipe, stderr=pipe
    )
    try:
        yield Driver(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def told(server: Server, client: Registered) -> dict[str, Any]:
    """What the client was told when it was registered."""
    return {
        "issuer": server.issuer(),
        "client_id": client.client_id,
        "method": client.method,
        "secret": client.secret,
        "jwk": client.private_jwk,
        "alg": client.alg,
        "id_token_alg": dict(client.more).get("id_token_signed_response_alg", "RS256"),
        "redirect_uri": CALLBACK,
        "post_logout_redirect_uri": SIGNED_OUT,
        "scope": SCOPE,
    }


async def test_openid_client_gets_through(server: Server, client: Registered, jane: Person) -> None:
    async with driving() as driver:
        driver.tell(json.dumps(told(server, client)))
        asked = await driver.hear()
        driver.tell(await jane.visit(asked["authorize"]))
        learned = await driver.hear()
    assert asked["supports_pkce"] is True
    # RFC 9207 §2.4: the answer of another issuer is not for this one.
    assert learned["mixed_up"] == "OAUTH_INVALID_RESPONSE"
    assert learned["claims"]["iss"] == server.issuer()
    assert learned["userinfo"]["sub"] == learned["claims"]["sub"]
    assert learned["userinfo"]["email"] == "jane@example.com"
    assert set(learned["scope"].split()) == set(SCOPE.split())
    if client.method != "none":
        assert learned["own"]["seen"]["active"] is True
        assert learned["own"]["scope"] == "photos.read"
    assert learned["after"] is not None
    assert learned["ended"] == "invalid_grant"
    assert await jane.visit(learned["logout"]) == f"{SIGNED_OUT}?state=left"
