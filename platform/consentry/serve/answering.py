"""One request and its answer on the wire: header lines checked once, head and body in one write."""

from typing import Any

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    RequestResponseCycle,
)

_MOST_LINES = 1024
# Header fields that say how the answer is framed; the others are only passed on.
_PLAIN, _LENGTH, _CODING, _CONNECTION = range(4)
_KINDS = {b"content-length": _LENGTH, b"transfer-encoding": _CODING, b"connection": _CONNECTION}

# Nearly every line of an answer was in the one before. Cleared when full, which also forgets
# the ones that never come again, such as dates and request ids.
_lines: dict[tuple[bytes, bytes], tuple[bytes, int]] = {}


def _checked(pair: tuple[bytes, bytes]) -> tuple[bytes, int]:
    """The line of a header field, and its kind.

    Raises RuntimeError for characters that could end the line early (RFC 9110 §5.5).
    """
    name, value = pair
    if HEADER_RE.search(name):
        raise RuntimeError("invalid header name")
    if HEADER_VALUE_RE.search(value):
        raise RuntimeError("invalid header value")
    if len(_lines) >= _MOST_LINES:
        _lines.clear()
    name = name.lower()
    known = _lines[pair] = b"%b: %b\r\n" % (name, value), _KINDS.get(name, _PLAIN)
    return known


class Cycle(RequestResponseCycle):
    """As uvicorn's, which searches each header of each answer with two expressions, and
    writes the head by itself.

    A write is a call into the kernel, the dearest part of a short answer. ASGI has the head
    wait for the first of the body.
    """

    _head = b""

    async def send(self, message: ASGISendEvent) -> None:
        if not self.response_started and message["type"] == "http.response.start":
            if self.flow.write_paused and not self.disconnected:
                await self.flow.drain()
            if not self.disconnected:
                self._start(message["status"], message.get("headers", ()))
            return
        if self._head and not self.disconnected:
            if self._is_whole(message):
                self._answer(message)
                return
            self.transport.write(self._head)
            self._head = b""
        await super().send(message)

    def _is_whole(self, message: Any) -> bool:
        """Whether this is the whole body, of the length that was announced."""
        return (
            message["type"] == "http.response.body"
            and not message.get("more_body")
            and not self.chunked_encoding
            and self.scope["method"] != "HEAD"
            and len(message.get("body", b"")) == self.expected_content_length > 0
            and not self.flow.write_paused
        )

    def _answer(self, message: Any) -> None:
        self.transport.write(self._head + message["body"])
        self._head = b""
        self.expected_content_length = 0
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()

    def _start(self, status: int, own: Any) -> None:
        content = [STATUS_LINE[status]]
        says_close = False
        for pair in (*self.default_headers, *own):
            field = tuple(pair)
            line, kind = _lines.get(field) or _checked(field)
            content.append(line)
            if kind:
                says_close |= self._heed(kind, field[1])
        if not self.keep_alive and not says_close:
            content.append(b"connection: close\r\n")
        if self.chunked_encoding is None and not self._is_bodiless(status):
            self.chunked_encoding = True
            content.append(b"transfer-encoding: chunked\r\n")
        content.append(b"\r\n")
        self.response_started = True
        self.waiting_for_100_continue = False
        self._head = b"".join(content)

    def _heed(self, kind: int, value: bytes) -> bool:
        """Frame the answer as this field says; True if the connection ends with it."""
        if kind == _LENGTH and self.chunked_encoding is None:
            self.expected_content_length = int(value)
            self.chunked_encoding = False
        elif kind == _CODING and value.lower() == b"chunked":
            self.expected_content_length = 0
            self.chunked_encoding = True
        elif kind == _CONNECTION:
            if b"close" in [token.strip() for token in value.lower().split(b",")]:
                self.keep_alive = False
                return True
        return False

    def _is_bodiless(self, status: int) -> bool:
        # RFC 9110 §6.4.1
        return self.scope["method"] == "HEAD" or status in (204, 304)
