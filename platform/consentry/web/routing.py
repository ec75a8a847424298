"""Paths to handlers: one dictionary look-up a request, and a walk by segment for the others."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote_to_bytes

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from consentry.web.failure import failure

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


@dataclass(slots=True)
class _Step:
    """One place in the tree of segments: what follows by its name, and what by any."""

    named: dict[str, "_Step"] = field(default_factory=dict)
    any: "_Step | None" = None
    parameter: str = ""
    endpoint: Endpoint | None = None


class Paths:
    """An ASGI application of paths, with 405 and `Allow`, and 404 by `missing`.

    A segment in braces (`/api/v1/clients/{client_id}`) matches any one that is not empty, and
    stands in `scope["path_params"]`, percent-decoded after the path was cut: a value may
    hold a slash. A segment that is named wins over one in braces.
    """

    def __init__(self, endpoints: Mapping[str, Endpoint], missing: Handler) -> None:
        self._exact = {path: one for path, one in endpoints.items() if "{" not in path}
        self._tree = _Step()
        for path, endpoint in endpoints.items():
            if path not in self._exact:
                self._plant(path, endpoint)
        self._not_found = missing

    def _plant(self, path: str, endpoint: Endpoint) -> None:
        step = self._tree
        for segment in path.strip("/").split("/"):
            if segment.startswith("{"):
                step.any = step.any or _Step(parameter=segment.strip("{}"))
                step = step.any
            else:
                step = step.named.setdefault(segment, _Step())
        step.endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self._exact.get(scope["path"]) or self._walked(scope)
        request = Request(scope, receive)
        if endpoint is None:
            response = await self._not_found(request)
        else:
            scope["consentry.endpoint"] = endpoint.name
            response = await self._answer(endpoint, request)
            if endpoint.cross_origin:
                response.raw_headers.append(_ANY_ORIGIN)
        await response(scope, receive, send)

    def _walked(self, scope: Scope) -> Endpoint | None:
        raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
        try:
            segments = [unquote_to_bytes(one).decode() for one in raw.split(b"/")[1:]]
        except UnicodeDecodeError:
            return None
        # Nothing has a name with NUL in it, and no database may be asked for one.
        if any("\0" in one for one in segments):
            return None
        parameters: dict[str, str] = {}
        found = _follow(self._tree, segments, parameters)
        if found is not None:
            scope["path_params"] = parameters
        return found

    async def _answer(self, endpoint: Endpoint, request: Request) -> Response:
        method = request.method
        handler = endpoint.methods.get("GET" if method == "HEAD" else method)
        if handler is not None:
            return await handler(request)
        allow = ", ".join([*endpoint.methods, *(["HEAD"] if "GET" in endpoint.methods else [])])
        if method == "OPTIONS" and endpoint.cross_origin:
            return _preflight(allow)
        return _not_allowed(request, allow)


def _follow(step: _Step, segments: list[str], parameters: dict[str, str]) -> Endpoint | None:
    """The endpoint the segments lead to; `parameters` gains what stood in braces."""
    if not segments:
        return step.endpoint
    first, rest = segments[0], segments[1:]
    if first in step.named and (found := _follow(step.named[first], rest, parameters)):
        return found
    if step.any is None or not first:
        return None
    found = _follow(step.any, rest, parameters)
    if found is not None:
        parameters[step.any.parameter] = first
    return found


def _not_allowed(request: Request, allow: str) -> Response:
    scope = request.scope
    content_type, body = failure(scope["path"], (), 405, "invalid_request", "method not allowed")
    return Response(body, 405, {"Allow": allow}, content_type.decode())


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
