"""A whole app behind a protector."""

from collections.abc import Collection
from typing import Final

from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .asked import Asked
from .current import afterwards_as_before
from .need import Need, Scopes
from .protector import Protector
from .refused import POLICY_VIOLATION, Refused

_REFUSED: Final[Message] = {"type": "websocket.close", "code": POLICY_VIOLATION, "reason": ""}


class ProtectMiddleware:
    """ASGI middleware: `app.add_middleware(ProtectMiddleware, protector=…, scopes=…)`.

    Websockets are let in by the credentials of their handshake, and else closed with 1008.
    public_paths: paths that are served to everybody, compared letter by letter. A preflight
    request carries no credentials (Fetch standard §3.2.2), so middleware for CORS goes around
    this one.
    """

    def __init__(
        self, app: ASGIApp, protector: Protector, scopes: Scopes = None, *,
        realm: str | None = None, optional: bool = False, public_paths: Collection[str] = (),
    ) -> None:  # fmt: skip
        self._app = app
        self._protector = protector
        self._need = Need.of(scopes, realm=realm, optional=optional)
        self._public_paths = frozenset(public_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"] in self._public_paths:
            await self._app(scope, receive, send)
            return
        is_http = scope["type"] == "http"
        asked = Asked(Request(scope, receive) if is_http else HTTPConnection(scope))
        with afterwards_as_before():
            try:
                await self._protector.admit(asked, self._need)
            except Refused as refused:
                if is_http:
                    await refused.response()(scope, receive, send)
                else:
                    await send(_REFUSED)
            except ClientDisconnect:
                return
            else:
                await self._app(scope, _again(asked.body_read, receive), send)


def _again(body: bytes | None, receive: Receive) -> Receive:
    """A `receive` that gives the body again if it was read, then what comes after it."""
    if body is None:
        return receive
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again
