"""Applications on ports of their own, for what comes by the wire, and how Chromium is started."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from support.world import World, running_world

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[int]:
    """An application on a port of its own; it may still be put together meanwhile."""
    config = uvicorn.Config(app, port=0, log_level="warning", lifespan="off")
    listener = config.bind_socket()
    listener.listen()
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield listener.getsockname()[1]
    server.should_exit = True
    await serving


@asynccontextmanager
async def on_the_wire(database_url: str, **settings: Any) -> AsyncIterator[tuple[World, str]]:
    """A world and the address of its tenant."""
    late: dict[str, ASGIApp] = {}

    async def application(scope: object, receive: object, send: object) -> None:
        await late["app"](scope, receive, send)  # type: ignore[arg-type]

    async with served(application) as port:
        base_url = f"http://localhost:{port}"
        async with running_world(database_url, base_url=base_url, **settings) as made:
            late["app"] = made.app
            yield made, f"http://photos.localhost:{port}"
