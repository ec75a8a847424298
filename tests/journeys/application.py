"""An application that lets people sign in elsewhere: its own small server, at two origins."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, urlencode

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from support.server import LoopbackTransport
from support.world import Pkce

CLIENT_SECRET = "s6BhdRkqt3s6BhdRkqt3s6BhdRkqt3"
SHOWN = '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>{0}</title><p>{0}'


class Application:
    """What it knows of itself, and what came to it."""

    def __init__(self) -> None:
        self.received: list[dict[str, str]] = []
        self.pkce = Pkce()
        self.origin = self.elsewhere = ""

    @property
    def callback(self) -> str:
        """Where people come back to."""
        return f"{self.origin}/cb"

    @property
    def moving(self) -> str:
        """The same, but it sends them on to another origin."""
        return f"{self.origin}/moving"

    @property
    def bye(self) -> str:
        """Where people come back to when they have signed out."""
        return f"{self.origin}/bye"

    def sends_to(self, issuer: str, **changes: str) -> str:
        """The address it sends a person to."""
        asked = {
            "client_id": "shop",
            "response_type": "code",
            "redirect_uri": self.callback,
            "scope": "openid profile photos.read",
            "state": "a-state",
            "nonce": "a-nonce",
            "code_challenge": self.pkce.challenge,
            "code_challenge_method": "S256",
            **changes,
        }
        return f"{issuer}/oauth2/authorize?{urlencode(asked)}"

    async def redeem(self, issuer: str, redirect_uri: str | None = None) -> dict[str, str]:
        """What the code that came last buys."""
        form = {
            "grant_type": "authorization_code",
            "code": self.received[-1]["code"],
            "redirect_uri": redirect_uri or self.callback,
            "code_verifier": self.pkce.verifier,
        }
        async with httpx2.AsyncClient(transport=LoopbackTransport()) as http:
            auth = ("shop", CLIENT_SECRET)
            answer = await http.post(f"{issuer}/oauth2/token", data=form, auth=auth)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def come_back(self, request: Request) -> Response:
        """`/cb`, asked by GET or POST."""
        text = request.url.query if request.method == "GET" else (await request.body()).decode()
        self.received.append(dict(parse_qsl(text)))
        return HTMLResponse(SHOWN.format("Welcome to the shop"))

    async def move(self, request: Request) -> Response:
        """`/moving`."""
        self.received.append(dict(request.query_params))
        return RedirectResponse(f"{self.elsewhere}/home", status_code=302)

    async def show(self, request: Request) -> Response:
        """Any other page."""
        return HTMLResponse(SHOWN.format("The shop"))

    def routes(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/cb", self.come_back, methods=["GET", "POST"]),
                Route("/moving", self.move),
                Route("/bye", self.show),
                Route("/home", self.show),
            ]
        )


@contextlib.asynccontextmanager
async def running_application() -> AsyncIterator[Application]:
    """The application, listening at both of its origins."""
    made = Application()
    async with _listening(made.routes()) as made.origin, _listening(made.routes()) as other:
        made.elsewhere = other
        yield made


@contextlib.asynccontextmanager
async def _listening(app: Starlette) -> AsyncIterator[str]:
    config = uvicorn.Config(app, port=0, log_level="warning", lifespan="off")
    listener = config.bind_socket()
    listener.listen()
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await serving
