"""HTTP/1.1 as uvicorn speaks it, with limits on heads and on time, and without framing tricks."""

import asyncio
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import httptools
import orjson
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from consentry import metrics
from consentry.serve.answering import Cycle
from consentry.serve.closing import LingeringTransport
from consentry.telemetry import get_logger

_log = get_logger()

MAX_HEAD = 32 * 1024
# Requests one connection may have waiting; each holds some kilobytes.
_MAX_PIPELINED = 128
# Larger reads are parsed in parts, so that a head cannot hide in one.
_PART = 16 * 1024
# A connection told to end keeps this long for a request already on its way.
_LAST_CALL_S = 0.2

TIMED: dict[str, dict[object, object]] = {"consentry.timed": {}}
"""The ASGI extensions of a scope whose request must arrive whole within a time."""


class _Refused(Exception):
    """Stops the parser; what to answer is in the protocol's `_refusal`."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection.

    A request's head, its first line included, has at most 32 KiB (431, RFC 6585 §5); the whole
    request must arrive within `request_seconds` of its first byte, the first one of a
    connection within as much of the accepting (408); who reads no answer for as long is cut
    off. Bodies that a proxy may measure
    differently than we do are refused (RFC 9112 §11.2). Upgrades are ignored (RFC 9110 §7.8).
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        request_seconds: float = 15.0,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._request_seconds = request_seconds
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._running: RequestResponseCycle | None = None
        self._wire: LingeringTransport | None = None
        self._is_last = False
        # Of the message being received:
        self._is_open = False
        self._head_is_done = False
        self._head_seen = 0
        self._head_fed = 0
        self._codings: list[bytes] = []
        self._has_length = False
        # Once set, nothing that arrives is parsed any more.
        self._is_deaf = False
        self._refusal: tuple[int, str] | None = None

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._wire = LingeringTransport(transport, self.loop, self._is_receiving)
        super().connection_made(self._wire.as_transport())
        self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        self._unset_keepalive_if_required()
        if self._wire is not None:
            self._wire.lost()
        for cycle, _ in self.pipeline:
            cycle.disconnected = True
        self.pipeline.clear()
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_deaf or self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        if len(data) <= _PART:
            self._feed(data)
        else:
            self._feed_in_parts(memoryview(data))
        if not self._is_deaf and (self._is_open or not self._is_answering()):
            self._arm()
        elif self._deadline is not None:
            self._disarm()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(self._request_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def shutdown(self) -> None:
        """End the connection once what was asked, or is just being asked, is answered."""
        self._is_last = True
        if self._is_answering():
            self.cycle.keep_alive = False
        elif not self._is_open:
            self.loop.call_later(_LAST_CALL_S, self._close_if_idle)

    def _close_if_idle(self) -> None:
        if not self._is_open and not self._is_answering():
            self.transport.close()

    def _is_receiving(self) -> bool:
        return self._is_open or self._is_deaf

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    # The time a request may take

    def _arm(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self._request_seconds, self._cut)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cut(self) -> None:
        self._deadline = None
        if self.transport.is_closing():
            return
        if self._is_open:
            self._refuse(408, f"the request took longer than {self._request_seconds:g} s")
        elif not self._is_answering():
            # Nothing was asked, so there is nothing to answer.
            self.transport.close()

    # The parser and its callbacks

    def _feed(self, data: bytes | memoryview) -> None:
        self._head_fed += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # The parser took the rest of the connection for another protocol.
            self._is_deaf = True
        except httptools.HttpParserError as error:
            status, reason = self._refusal or (400, f"malformed request: {error}")
            self._refuse(status, reason)
        else:
            # A name or value without an end reaches no callback: count what went in, too.
            if self._is_open and not self._head_is_done and self._head_fed > MAX_HEAD:
                self._refuse(431, f"the head is larger than {MAX_HEAD} bytes")

    def _feed_in_parts(self, data: memoryview) -> None:
        for start in range(0, len(data), _PART):
            if self._is_deaf:
                return
            self._feed(data[start : start + _PART])

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= _MAX_PIPELINED:
            self._stop(400, "too many requests are waiting on this connection")
        super().on_message_begin()
        self._is_open = True
        self._head_is_done = False
        self._head_seen = 0
        self._codings = []
        self._has_length = False

    def on_url(self, url: bytes) -> None:
        self._measure(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._measure(len(name) + len(value) + 4)
        if self._head_is_done:
            # A trailer; it must not pass for a header (RFC 9110 §6.5.1).
            return
        name = name.lower()
        if name == b"transfer-encoding":
            self._codings.append(value)
        elif name == b"content-length":
            self._has_length = True
        elif name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        version = self.parser.get_http_version()
        upgrade = self.parser.should_upgrade()
        is_plain = version == "1.1" and not upgrade and self.url.startswith(b"/")
        if not is_plain or self._codings:
            self._judge(version)
        self._complete_scope(version)
        earlier = self.cycle
        self.cycle = Cycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=is_plain and not self._is_last and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        self._head_is_done = True
        if earlier is None or earlier.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def _complete_scope(self, version: str) -> None:
        scope = self.scope
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["http_version"] = version
        target = httptools.parse_url(self.url)
        path = target.path.decode("ascii")
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"] = target.path
        scope["query_string"] = target.query or b""
        # Says that a request too slow is cut here, so that nobody else need time it.
        scope["extensions"] = TIMED

    def on_message_complete(self) -> None:
        self._is_open = False
        self._head_fed = 0
        super().on_message_complete()

    def _should_upgrade(self) -> bool:
        return False

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _measure(self, size: int) -> None:
        self._head_seen += size
        if self._head_seen > MAX_HEAD:
            self._stop(431, f"the head is larger than {MAX_HEAD} bytes")

    def _judge(self, version: str) -> None:
        """Refuse a head whose body or target another server on the way may read differently."""
        if version not in ("1.0", "1.1"):
            self._stop(400, "the version of HTTP must be 1.0 or 1.1")
        if self._codings and version != "1.1":
            self._stop(400, "Transfer-Encoding needs HTTP/1.1")
        if self._codings and [coding.strip().lower() for coding in self._codings] != [b"chunked"]:
            self._stop(400, "the only Transfer-Encoding understood is chunked")
        if self.parser.should_upgrade() and (self._codings or self._has_length):
            self._stop(400, "a request with a body cannot ask for an upgrade")
        if not self.url.startswith(b"/") and not self._names_its_host():
            self._stop(400, "the request target must be a path")

    def _names_its_host(self) -> bool:
        # RFC 9112 §3.2.2: the full address is allowed; the Host field must then say the same.
        scheme, found, rest = self.url.partition(b"://")
        authority = rest.partition(b"/")[0]
        hosts = [value for name, value in self.headers if name == b"host"]
        is_web = scheme.lower() in (b"http", b"https") and bool(found)
        return is_web and [host.lower() for host in hosts] == [authority.lower()]

    # Refusing

    def _stop(self, status: int, reason: str) -> None:
        self._refusal = status, reason
        raise _Refused

    def _refuse(self, status: int, reason: str) -> None:
        """Answer the message being received with an error, after what was asked before it."""
        self._is_deaf = True
        self._disarm()
        _log.info("request_cut", status=status, reason=reason, client=self.client)
        metrics.observed("protocol", status, 0.0)
        own = self.cycle if self._is_open and self._head_is_done else None
        earlier = self._newest_unanswered(other_than=own)
        if earlier is not None:
            # Its answer comes first, and then the end: an error now would pass for that answer.
            earlier.keep_alive = False
            return
        if own is not None:
            own.disconnected = True
            own.message_event.set()
        if own is None or not own.response_started:
            self.transport.write(self._error(status, reason))
        self.transport.close()

    def _newest_unanswered(
        self, *, other_than: RequestResponseCycle | None
    ) -> RequestResponseCycle | None:
        if self.pipeline and self.pipeline[0][0] is other_than:
            self.pipeline.popleft()
        if self.pipeline:
            return self.pipeline[0][0]
        running = self._running
        if running is None or running is other_than or running.response_complete:
            return None
        return running

    def _error(self, status: int, reason: str) -> bytes:
        title = HTTPStatus(status).phrase
        body = orjson.dumps({"error": "invalid_request", "error_description": f"{title}: {reason}"})
        lines = [
            *self.server_state.default_headers,
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"connection", b"close"),
        ]
        head = b"".join(b"%b: %b\r\n" % line for line in lines)
        return b"%b%b\r\n%b" % (STATUS_LINE[status], head, body)
