"""The span of a request, around all that happens to it (W3C Trace Context)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from consentry import metrics, tracing
from consentry.settings import Network
from consentry.tenancy.host import Headers, is_trusted

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Link, Span

# Asked again and again by machines, or the same for everyone: no trace is worth its price.
_UNTRACED = frozenset({"/healthz", "/readyz", "/metrics"})
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_CARRIED = {b"traceparent": "traceparent", b"tracestate": "tracestate"}


class Traced:
    """Stands outside the guard while traces are asked for, and gives each request its span.

    A `traceparent` of a trusted proxy is continued. Of anybody else it is noted as a link
    from a trace of our own: strangers decide neither what is sampled nor what our traces are
    called (W3C Trace Context §4.3, §6.2). The trace's id stands in
    `scope["consentry.trace_id"]` if it is recorded, for log lines and exemplars.
    """

    def __init__(self, app: ASGIApp, *, trusted: tuple[Network, ...]) -> None:
        self._app, self._trusted = app, trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _is_untraced(scope["path"]):
            await self._app(scope, receive, send)
            return
        parent, links = self._received(scope)
        span = tracing.request_begun(_method(scope), parent, links)
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        if span.is_recording():
            scope["consentry.trace_id"] = f"{span.get_span_context().trace_id:032x}"
        with tracing.current(span):
            try:
                await self._app(scope, receive, watched)
            finally:
                _describe(span, scope, status)
                # As the semantic conventions of HTTP have it: 4xx is the client's mistake.
                tracing.ended(span, str(status) if status >= 500 else None)

    def _received(self, scope: Scope) -> tuple[Context | None, list[Link]]:
        carried = _trace_headers(scope["headers"])
        if not carried:
            return None, []
        peer = scope["client"][0] if scope.get("client") else ""
        return tracing.received(carried, is_trusted=is_trusted(peer, self._trusted))


def _is_untraced(path: str) -> bool:
    return path in _UNTRACED or path.startswith("/static/")


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in _METHODS else "_OTHER"


def _trace_headers(headers: Headers) -> dict[str, str]:
    """The two headers of a trace; none of them where one was sent twice (§4.3)."""
    found: dict[str, str] = {}
    for name, value in headers:
        key = _CARRIED.get(name)
        if key in found:
            return {}
        if key is not None:
            found[key] = value.decode("latin-1")
    return found


def _describe(span: Span, scope: Scope, status: int) -> None:
    endpoint = scope.get("consentry.endpoint", metrics.OTHER)
    method = _method(scope)
    span.update_name(f"{method} {endpoint}")
    span.set_attributes(
        {
            "http.request.method": method,
            "url.scheme": "https" if scope.get("consentry.https") else "http",
            "consentry.endpoint": endpoint,
            "consentry.request_id": scope.get("consentry.request_id", ""),
        }
    )
    if status:
        span.set_attribute("http.response.status_code", status)
    if tenant := scope.get("consentry.tenant_slug"):
        span.set_attribute("consentry.tenant", tenant)
