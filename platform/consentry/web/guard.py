"""The outermost layer of every request: limits before it, headers and records after it."""

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from consentry import metrics
from consentry.crypto.entropy import random_piece
from consentry.telemetry import get_logger, log_context, log_request
from consentry.web.body import BodyRefused, ClientGone, announces_body, read_body, replay
from consentry.web.failure import failure
from consentry.web.usage import count_use

_log = get_logger()

Header = tuple[bytes, bytes]

_ALWAYS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
_HSTS: Header = (b"strict-transport-security", b"max-age=63072000")
_UNLESS_SET: tuple[Header, ...] = (
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (
        b"content-security-policy",
        b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    ),
)
# Windows in which people manage things stand alone. Those a client's page may have opened as
# a popup (authorize, login, consent) must keep their opener until they are back at the client.
_STANDS_ALONE = ("/admin", "/account", "/developer")
_OPENER: Header = (b"cross-origin-opener-policy", b"same-origin")

# What a request is recorded under whose client left before the answer began.
_CLIENT_GONE = 499


class _Answer:
    """Passes an answer on with the headers every answer has, and remembers its status."""

    __slots__ = ("_extra", "_scope", "_send", "_stands_alone", "status")

    def __init__(
        self, send: Send, scope: Scope, extra: tuple[Header, ...], stands_alone: bool
    ) -> None:
        self._send = send
        self._scope = scope
        self._extra = extra
        self._stands_alone = stands_alone
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            # A copy: an endpoint may send the same message, or list, for each request.
            message = {**message, "headers": self._complete(message.get("headers", ()))}
        await self._send(message)

    def _complete(self, own: list[Header]) -> list[Header]:
        headers = [*own, *self._extra]
        names = {header[0] for header in own}
        for default in _UNLESS_SET:
            if default[0] not in names:
                headers.append(default)
        # A proxy may speak https for us though `base_url` does not say so.
        if self._scope.get("consentry.https") and _HSTS not in self._extra:
            headers.append(_HSTS)
        if self._stands_alone and _OPENER[0] not in names:
            headers.append(_OPENER)
        return headers


class Guard:
    """Wraps the whole application; nothing that answers by itself may stand between.

    Gives each request an id (`scope["consentry.request_id"]`, header `X-Request-Id`; one sent
    by the client is ignored), reads its body within limits (`scope["consentry.body"]` if there
    is one; `receive` gives it again), tells where the front door is (`scope["consentry.front"]`,
    itself), completes the security headers,
    turns an unhandled exception into a 500 without particulars, and counts and logs the
    request. Routing may set `scope["consentry.endpoint"]`, the name it is counted under, and
    `scope["consentry.tenant_slug"]`.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        https: bool,
        access_log: bool,
        max_body: int = 65536,
        body_timeout_s: float = 15.0,
    ) -> None:
        """https: people reach us by HTTPS only. max_body: bytes. body_timeout_s: seconds."""
        self._app = app
        self._access_log = access_log
        self._max_body = max_body
        self._body_timeout_s = body_timeout_s
        self._always = (*_ALWAYS, _HSTS) if https else _ALWAYS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._guarded(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        else:
            await self._app(scope, receive, send)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()
        request_id = scope["consentry.request_id"] = random_piece().hex()
        scope["consentry.front"] = self
        extra = ((b"x-request-id", request_id.encode()), *self._always)
        answer = _Answer(send, scope, extra, scope["path"].startswith(_STANDS_ALONE))
        lines = {"request_id": request_id}
        if trace_id := scope.get("consentry.trace_id"):
            lines["trace_id"] = trace_id
        context = log_context.set(lines)
        try:
            await self._answered(scope, receive, answer)
        finally:
            self._record(scope, answer.status or _CLIENT_GONE, perf_counter() - began)
            log_context.reset(context)

    async def _answered(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        try:
            if announces_body(scope["headers"], limit=self._max_body):
                body = scope["consentry.body"] = await self._body(scope, receive)
                receive = replay(body, receive)
            await self._app(scope, receive, answer.send)
            if not answer.status:
                raise RuntimeError("the application did not answer")
        except BodyRefused as refusal:
            # The rest of the body would be read as the next request: the connection ends.
            await self._fail(
                scope, answer, refusal.status, "invalid_request", refusal.reason, close=True
            )
        except ClientGone:
            return
        except Exception:
            _log.exception("request_failed", method=scope["method"], path=scope["path"])
            # Of an answer already begun nothing can be taken back; the server cuts it off.
            if not answer.status:
                said = f"Something went wrong on our side; request {scope['consentry.request_id']}"
                await self._fail(scope, answer, 500, "server_error", said)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        # A server that cuts slow requests itself says so; a timer costs as much as all the rest.
        is_timed = "consentry.timed" in scope.get("extensions", ())
        timeout_s = None if is_timed else self._body_timeout_s
        return await read_body(receive, limit=self._max_body, timeout_s=timeout_s)

    async def _fail(
        self,
        scope: Scope,
        answer: _Answer,
        status: int,
        error: str,
        description: str,
        *,
        close: bool = False,
    ) -> None:
        content_type, body = failure(scope["path"], scope["headers"], status, error, description)
        headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
        if close:
            headers.append((b"connection", b"close"))
        await answer.send({"type": "http.response.start", "status": status, "headers": headers})
        await answer.send({"type": "http.response.body", "body": body})

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        endpoint = scope.get("consentry.endpoint", metrics.OTHER)
        trace_id = scope.get("consentry.trace_id")
        metrics.observed(endpoint, status, seconds, trace_id)
        count_use(scope, seconds)
        if self._access_log:
            log_request(
                {
                    "request_id": scope["consentry.request_id"],
                    **({"trace_id": trace_id} if trace_id else {}),
                    "tenant": scope.get("consentry.tenant_slug"),
                    "method": scope["method"],
                    "path": scope["path"],
                    "status": status,
                    "ms": round(seconds * 1000, 2),
                    "endpoint": endpoint,
                }
            )
