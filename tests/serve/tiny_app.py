"""A small ASGI application to be served by real processes."""

import asyncio
import os
import time
from typing import Any

from consentry import metrics
from consentry.telemetry import process_state


async def read(receive: Any) -> bytes | None:
    """The body, or None if the client left before it was complete."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += bytes(message.get("body", b""))
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


async def readyz(scope: Any, receive: Any, send: Any) -> None:
    await answer(send, 503 if process_state.draining else 200, b"")


async def pid(scope: Any, receive: Any, send: Any) -> None:
    await answer(send, 200, b"%d" % os.getpid())


async def count(scope: Any, receive: Any, send: Any) -> None:
    metrics.tokens_issued("refresh_token")
    await answer(send, 200, b"%d" % os.getpid())


async def figures(scope: Any, receive: Any, send: Any) -> None:
    await answer(send, 200, metrics.render()[0])


async def slow(scope: Any, receive: Any, send: Any) -> None:
    await asyncio.sleep(float(scope["query_string"]))
    await answer(send, 200, b"slow")


async def block(scope: Any, receive: Any, send: Any) -> None:
    time.sleep(float(scope["query_string"]))  # noqa: ASYNC251 - stands for a stuck process
    await answer(send, 200, b"")


async def headers(scope: Any, receive: Any, send: Any) -> None:
    await read(receive)
    await answer(send, 200, repr(scope["headers"]).encode())


async def early(scope: Any, receive: Any, send: Any) -> None:
    await answer(send, 403, b"no")


async def large(scope: Any, receive: Any, send: Any) -> None:
    await answer(send, 200, b"x" * 20_000_000)


async def stream(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Odd", b"1")]})
    await send({"type": "http.response.body", "body": b"abc", "more_body": True})
    await send({"type": "http.response.body", "body": b"de"})


async def nothing(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204})
    await send({"type": "http.response.body"})


async def injecting(scope: Any, receive: Any, send: Any) -> None:
    headers = [(b"location", scope["query_string"].replace(b"+", b"\r\n"))]
    await send({"type": "http.response.start", "status": 302, "headers": headers})
    await send({"type": "http.response.body"})


async def echo(scope: Any, receive: Any, send: Any) -> None:
    body = await read(receive)
    if body is not None:
        await answer(send, 200, scope["path"].encode() + b" " + body)


ENDPOINTS = {
    "/readyz": readyz,
    "/pid": pid,
    "/count": count,
    "/metrics": figures,
    "/slow": slow,
    "/block": block,
    "/headers": headers,
    "/early": early,
    "/large": large,
    "/stream": stream,
    "/nothing": nothing,
    "/injecting": injecting,
}


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    else:
        await ENDPOINTS.get(scope["path"], echo)(scope, receive, send)


def create_app() -> Any:
    return app


def falls_ill() -> Any:
    """The same; while there is a certain file it takes its time, and dies."""
    if os.path.exists(os.environ["ILL"]):
        time.sleep(0.3)
        os._exit(1)
    return app


def broken() -> Any:
    raise RuntimeError("this application cannot be made")
