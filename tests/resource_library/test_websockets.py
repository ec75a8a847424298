"""Handshakes to websockets: let in by their credentials, or closed with 1008."""

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from consentry.resource import AccessToken, ProtectMiddleware, ResourceProtector, current_token
from resource_library.api import Own

require_oauth = ResourceProtector(Own(good="photos.read", bare=""))


async def greet(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(f"{current_token.sub} {socket.state.oauth.scope}")
    await socket.close()


def behind_middleware() -> Any:
    app = Starlette(routes=[WebSocketRoute("/", greet)])
    return ProtectMiddleware(app, require_oauth, "photos.read")


def behind_a_dependency() -> Any:
    app = FastAPI()
    Token = Annotated[AccessToken, Depends(require_oauth.dependency("photos.read"))]

    @app.websocket("/")
    async def socket(socket: WebSocket, token: Token) -> None:
        await greet(socket)

    return app


def decorated() -> Any:
    return Starlette(routes=[WebSocketRoute("/", require_oauth("photos.read")(greet))])


def decorated_in_fastapi() -> Any:
    app = FastAPI()
    app.websocket("/")(require_oauth("photos.read")(greet))
    return app


FORMS = [behind_middleware(), behind_a_dependency(), decorated(), decorated_in_fastapi()]


@pytest.mark.parametrize("app", FORMS)
def test_a_good_token_is_let_in(app: Any) -> None:
    with TestClient(app) as client:
        headers = {"Authorization": "Bearer good"}
        with client.websocket_connect("/", headers=headers) as socket:
            assert socket.receive_text() == "jane photos.read"


@pytest.mark.parametrize("app", FORMS)
@pytest.mark.parametrize("token", [None, "bad", "bare"])
def test_all_others_are_closed_with_1008(app: Any, token: str | None) -> None:
    """RFC 6455 §7.4.1"""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with TestClient(app) as client, pytest.raises(WebSocketDisconnect) as closed:
        with client.websocket_connect("/", headers=headers):
            raise AssertionError("let in")
    assert closed.value.code == 1008
