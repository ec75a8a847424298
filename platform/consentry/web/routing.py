"""Exact paths to handlers: one dictionary look-up a request."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

Handler = Callable[[Request], Awaitable[Response]]
_ANY_ORIGIN = (b"access-control-allow-origin", b"*")


class Rendered(Response):
    """A body with headers that are bytes already: made for each request in no time.

    headers: names in lower case; the length is added.
    """

    def __init__(
        self, body: bytes, headers: Iterable[tuple[bytes, bytes]], status: int = 200
    ) -> None:
        self.status_code, self.body, self.background = status, body, None
        self.raw_headers = [*headers, (b"content-length", b"%d" % len(body))]


def header_values(request: Request, name: bytes) -> list[str]:
    """The values of a header, in order; name: lower case."""
    return [value.decode("latin-1") for one, value in request.scope["headers"] if one == name]


@dataclass(frozen=True)
class Endpoint:
    """Handlers by method, the name requests are counted under, and who may read it.

    cross_origin: scripts of any origin may call it; it takes no cookies.
    """

    name: str
    methods: Mapping[str, Handler]
    cross_origin: bool = False


class Paths:
    """An ASGI application of exact paths, with 405 and `Allow`, and 404 by `missing`."""

    def __init__(self, endpoints: Mapping[str, Endpoint], missing: Handler) -> None:
        self._endpoints = endpoints
        self._not_found = missing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self._endpoints.get(scope["path"])
        request = Request(scope, receive)
        if endpoint is None:
            response = await self._not_found(request)
        else:
            scope["consentry.endpoint"] = endpoint.name
            response = await self._answer(endpoint, request)
            if endpoint.cross_origin:
                response.raw_headers.append(_ANY_ORIGIN)
        await response(scope, receive, send)

    async def _answer(self, endpoint: Endpoint, request: Request) -> Response:
        method = request.method
        handler = endpoint.methods.get("GET" if method == "HEAD" else method)
        if handler is not None:
            return await handler(request)
        allow = ", ".join([*endpoint.methods, *(["HEAD"] if "GET" in endpoint.methods else [])])
        if method == "OPTIONS" and endpoint.cross_origin:
            return _preflight(allow)
        return Response(
            b'{"error":"invalid_request","error_description":"method not allowed"}',
            405,
            {"Allow": allow},
            "application/json",
        )


def _preflight(allow: str) -> Response:
    """What lets a script of another origin ask (Fetch §3.3)."""
    return Response(
        status_code=204,
        headers={
            "Access-Control-Allow-Methods": allow,
            "Access-Control-Allow-Headers": "authorization, content-type",
            "Access-Control-Max-Age": "600",
        },
    )
