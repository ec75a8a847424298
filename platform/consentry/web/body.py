"""Request bodies, read whole within a size and a time before any endpoint runs."""

import asyncio
from collections.abc import Iterable

from starlette.types import Message, Receive

Headers = Iterable[tuple[bytes, bytes]]


class BodyRefused(Exception):
    """The body is too large, too slow or announced wrongly; `status` says which."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class ClientGone(Exception):
    """The client closed the connection before its request was complete."""


def announces_body(headers: Headers, *, limit: int) -> bool:
    """True if a body follows the request's head (RFC 9112 §6.3).

    Raises BodyRefused 413 if its Content-Length is above `limit` bytes, 400 if it is no number.
    """
    announced = False
    for name, value in headers:
        if name == b"content-length":
            if not value.isdigit():
                raise BodyRefused(400, "Content-Length must be a number")
            # int() refuses thousands of digits; so many are too large whatever they say.
            if len(value) > 18 or int(value) > limit:
                raise too_large(limit)
            announced = announced or value != b"0"
        elif name == b"transfer-encoding":
            announced = True
    return announced


async def read_body(receive: Receive, *, limit: int, timeout_s: float | None) -> bytes:
    """The whole body.

    timeout_s: None if the server itself ends requests that take too long.
    Raises BodyRefused 413 past `limit` bytes, 408 if it takes longer than `timeout_s` seconds
    (RFC 9110 §15.5.9), ClientGone if the client leaves.
    """
    if timeout_s is None:
        return await _collect(receive, limit)
    try:
        async with asyncio.timeout(timeout_s):
            return await _collect(receive, limit)
    except TimeoutError:
        raise BodyRefused(408, f"the body took longer than {timeout_s:g} s") from None


async def _collect(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise too_large(limit)
        if not message.get("more_body", False):
            return b"".join((*chunks, chunk)) if chunks else bytes(chunk)
        chunks.append(chunk)


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body in one message, then what the server still has to say."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


def too_large(limit: int) -> BodyRefused:
    """413, naming the limit (RFC 9110 §15.5.14)."""
    return BodyRefused(413, f"the body is larger than {limit} bytes")
