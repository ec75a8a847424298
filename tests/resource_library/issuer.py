"""An authorization server small enough to be made to fail in each way, and an API's clock."""

import asyncio
import gzip
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs

import httpx2
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consentry.jose.keys import PrivateKey, generate
from consentry.jose.sign import sign

ISSUER = "https://id.photos.example"
API = "https://api.photos.example"
METADATA = "/.well-known/oauth-authorization-server"
OPENID_METADATA = "/.well-known/openid-configuration"


class Clock:
    """Seconds since 1970, as a test sets them."""

    def __init__(self, now: float = 1_700_000_000) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Issuer:
    """Signs tokens with its keys, publishes these, introspects; all of it can be changed.

    asked: the paths that were requested. away: no answer at all. answers: while it is not set,
    requests wait, and `held` is set once one does.
    """

    def __init__(self, keys: Sequence[PrivateKey] = ()) -> None:
        self.keys = list(keys) or [generate("ES256")]
        self.clock = Clock()
        self.asked: list[str] = []
        self.authorizations: list[str] = []
        self.away = False
        self.answers = asyncio.Event()
        self.answers.set()
        self.held = asyncio.Event()
        self.status = 200
        self.encoding = ""
        self.metadata: dict[str, Any] = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/jwks"}
        self.metadata_path = METADATA
        self.known: dict[str, Any] = {}
        routes = [
            Route("/jwks", self._jwks),
            Route("/introspect", self._introspect, methods=["POST"]),
            Route("/{path:path}", self._metadata),
        ]
        self._app = Starlette(routes=routes)
        self.http = httpx2.AsyncClient(transport=httpx2.ASGITransport(self.serve))

    async def serve(self, scope: Any, receive: Any, send: Any) -> None:
        """The ASGI app."""
        self.asked.append(scope["path"])
        if self.away:
            raise httpx2.ConnectError("nobody there")
        if not self.answers.is_set():
            self.held.set()
            await self.answers.wait()
        await self._app(scope, receive, send)

    def claims(self, **changes: Any) -> dict[str, Any]:
        """What a good token says; None leaves a claim out."""
        now = int(self.clock.now)
        claims = {
            "iss": ISSUER, "aud": API, "sub": "jane", "client_id": "printer", "iat": now,
            "exp": now + 600, "jti": "b2xkIHNhbHQ", "scope": "photos.read photos.list", **changes,
        }  # fmt: skip
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, key: PrivateKey | None = None, typ: str = "at+jwt", **changes: Any) -> str:
        """A signed token."""
        return sign(self.claims(**changes), key or self.keys[0], typ=typ)

    async def _jwks(self, request: Request) -> Response:
        return JSONResponse({"keys": [key.public_jwk for key in self.keys]}, self.status)

    async def _metadata(self, request: Request) -> Response:
        found = request.url.path == self.metadata_path
        answer = JSONResponse(self.metadata, self.status if found else 404)
        if self.encoding == "gzip":
            answer = JSONResponse(None, headers={"Content-Encoding": "gzip"})
            answer.body = gzip.compress(orjson.dumps(self.metadata))
            answer.headers["Content-Length"] = str(len(answer.body))
        return answer

    async def _introspect(self, request: Request) -> Response:
        self.authorizations.append(request.headers.get("authorization", ""))
        [token] = parse_qs((await request.body()).decode())["token"]
        return JSONResponse(self.known.get(token, {"active": False}), self.status)
