"""An API behind a protector, and those who call it."""

from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from consentry.resource import AccessToken, Protector

HOST = "https://api.photos.example"
JWT_API, OPAQUE_API = "https://jwt.photos.example", "https://opaque.photos.example"


class Own:
    """A validator of the app's own: a text is a token if it is in the table."""

    def __init__(self, **scopes: str) -> None:
        self.scopes = scopes

    async def validate(self, token: str) -> AccessToken | None:
        if token not in self.scopes:
            return None
        return AccessToken.of(token, {"sub": "jane", "scope": self.scopes[token]})

    async def aclose(self) -> None:
        self.scopes = {}


def caller(app: Any, host: str = HOST) -> httpx2.AsyncClient:
    """A client of an ASGI app."""
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=host)


async def call(app: Any, token: str | None = None, path: str = "/", **options: Any) -> Any:
    """One request, with a bearer token if there is one."""
    headers = dict(options.pop("headers", {}))
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    async with caller(app) as client:
        return await client.request(options.pop("method", "GET"), path, headers=headers, **options)


def challenges(answer: httpx2.Response) -> list[str]:
    """The values of WWW-Authenticate."""
    return answer.headers.get_list("www-authenticate")


def guarded_by(protector: Protector, scopes: Any = None, **options: Any) -> Starlette:
    """An app with one route, which tells whom it serves and what they sent."""

    @protector(scopes, **options)
    async def home(request: Request) -> Response:
        found = request.state.oauth
        body = (await request.body()).decode()
        return JSONResponse({"sub": found.sub if found else None, "body": body})

    return Starlette(routes=[Route("/", home, methods=["GET", "POST", "PUT"])])
