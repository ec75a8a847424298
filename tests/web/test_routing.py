"""Paths to handlers: exact ones by one look-up, others segment by segment."""

from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Scope

from consentry.web.hosts import not_found
from consentry.web.routing import Endpoint, Paths


async def told(request: Request) -> Response:
    """The endpoint, and what stood in braces."""
    found = request.scope.get("path_params", {})
    pairs = [f"{name}={value}" for name, value in sorted(found.items())]
    return Response(" ".join([request.scope["consentry.endpoint"], *pairs]))


PATHS = [
    "/",
    "/api/clients",
    "/api/clients/new",
    "/api/clients/{client_id}",
    "/api/clients/{client_id}/secrets",
    "/api/clients/{client_id}/secrets/{secret_id}",
    "/api/clients/all/secrets/finish",
    "/api/{kind}/of/{whom}",
]


def paths() -> Paths:
    methods = {"GET": told, "DELETE": told}
    return Paths({path: Endpoint(path, methods) for path in PATHS}, not_found)


async def asked(path: str, method: str = "GET", raw: bytes | None = None) -> tuple[int, str, Any]:
    """Status, text and headers of an answer."""
    scope: Scope = {
        "type": "http", "method": method, "path": path, "query_string": b"", "headers": [],
        "raw_path": raw,
    }  # fmt: skip
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    await paths()(scope, receive, send)
    return sent[0]["status"], sent[1]["body"].decode(), dict(sent[0]["headers"])


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/", "/"),
        ("/api/clients", "/api/clients"),
        ("/api/clients/new", "/api/clients/new"),
        ("/api/clients/printer", "/api/clients/{client_id} client_id=printer"),
        ("/api/clients/new/secrets", "/api/clients/{client_id}/secrets client_id=new"),
        (
            "/api/clients/all/secrets/s1",
            "/api/clients/{client_id}/secrets/{secret_id} client_id=all secret_id=s1",
        ),
        ("/api/clients/all/secrets/finish", "/api/clients/all/secrets/finish"),
        ("/api/users/of/jane", "/api/{kind}/of/{whom} kind=users whom=jane"),
    ],
)
async def test_a_segment_that_is_named_wins(path: str, said: str) -> None:
    assert (await asked(path))[:2] == (200, said)


@pytest.mark.parametrize(
    "path",
    ["", "/api", "/api/", "/api/clients/", "/api/clients//secrets", "/api/clients/a/b", "//", "/x"],
)
async def test_what_is_no_address_is_not_found(path: str) -> None:
    assert (await asked(path))[0] == 404


async def test_a_value_may_hold_what_parts_a_path() -> None:
    """RFC 3986 §2.2: cut first, then decoded."""
    raw = b"/api/clients/https%3A%2F%2Fa.example%2Fb%3Fc/secrets"
    said = await asked("/api/clients/https://a.example/b?c/secrets", raw=raw)
    assert said[:2] == (
        200, "/api/clients/{client_id}/secrets client_id=https://a.example/b?c",
    )  # fmt: skip
    assert (await asked("/api/clients/\udcff", raw=b"/api/clients/%ff"))[0] == 404


async def test_another_method_is_told_the_right_ones() -> None:
    """RFC 9110 §15.5.6"""
    status, body, headers = await asked("/api/clients/printer", "POST")
    assert (status, headers[b"allow"]) == (405, b"GET, DELETE, HEAD")
    assert headers[b"content-type"] == b"application/problem+json" and '"status":405' in body
    assert (await asked("/", "POST"))[2][b"content-type"] == b"application/json"
