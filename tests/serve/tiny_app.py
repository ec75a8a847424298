"""A small ASGI application to be served by real processes."""

import asyncio
import os
from typing import Any

from consentry.telemetry import process_state


async def read(receive: Any) -> bytes | None:
    """The body, or None if the client left before it was complete."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


async def answer(send: Any, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def lifespan(receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        return await lifespan(receive, send)
    path = scope["path"]
    if path == "/readyz":
        return await answer(send, 503 if process_state.draining else 200, b"")
    if path == "/pid":
        return await answer(send, 200, b"%d" % os.getpid())
    if path == "/slow":
        await asyncio.sleep(float(scope["query_string"] or b"1"))
        return await answer(send, 200, b"slow")
    if path == "/headers":
        await read(receive)
        return await answer(send, 200, repr(scope["headers"]).encode())
    if path == "/early":
        return await answer(send, 403, b"no")
    if path == "/block":
        import time

        time.sleep(float(scope["query_string"]))  # noqa: ASYNC251 - stands for a stuck process
        return await answer(send, 200, b"")
    if path == "/large":
        return await answer(send, 200, b"x" * 20_000_000)
    body = await read(receive)
    if body is not None:
        await answer(send, 200, path.encode() + b" " + body)


def create_app() -> Any:
    return app


def broken() -> Any:
    raise RuntimeError("this application cannot be made")
