"""Whatever strangers send, a protector lets them in or refuses them, and never breaks."""

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message

from consentry.resource import AnyOf, JWTBearer, ProtectMiddleware, ResourceProtector
from resource_library.api import Own
from resource_library.issuer import API, ISSUER, Issuer
from resource_library.signed import Records, signed

FORM = b"application/x-www-form-urlencoded"
_PIECES = [
    "Bearer",
    "OAuth",
    "Basic",
    " ",
    "good",
    "=",
    '"',
    ",",
    "\\",
    "%",
    "%zz",
    "é",
    ".",
    "a.b.c",
]
_NAMES = ["access_token", "oauth_token", "oauth_signature", "oauth_consumer_key", "oauth_nonce"]
_HEADER = signed().headers["Authorization"].encode()
_TOKEN = Issuer().token().encode()

text = st.lists(st.sampled_from(_PIECES + _NAMES) | st.text(max_size=3), max_size=8).map("".join)
raw = st.binary(max_size=20) | text.map(lambda one: one.encode("utf-8", "replace"))
changed = st.tuples(
    st.sampled_from([_HEADER, b"Bearer " + _TOKEN]), st.integers(0, 400), st.binary(max_size=2)
).map(lambda cut: cut[0][: cut[1]] + cut[2] + cut[0][cut[1] + 1 :])
pairs = st.lists(st.tuples(st.sampled_from(_NAMES), text), max_size=4).map(
    lambda some: "&".join(f"{name}={quote(value, safe='%=')}" for name, value in some).encode()
)


async def home(scope: Any, receive: Any, send: Any) -> None:
    body = await Request(scope, receive).body()
    answer: Response = PlainTextResponse(body)
    await answer(scope, receive, send)


@pytest.fixture(scope="module")
def app() -> ProtectMiddleware:
    issuer = Issuer()
    jwt = JWTBearer(ISSUER, API, http=issuer.http, clock=issuer.clock)
    protector = AnyOf(ResourceProtector(jwt, Own(good="a")), Records().protector())
    return ProtectMiddleware(home, protector)


async def status_of(app: Any, headers: list[tuple[bytes, bytes]], query: bytes, body: bytes) -> int:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/", "raw_path": b"/", "scheme": "https",
        "query_string": query, "headers": [(b"host", b"api.photos.example"), *headers],
    }  # fmt: skip
    await app(scope, receive, send)
    return int(sent[0]["status"])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(authorization=raw | changed, query=raw | pairs, body=raw | pairs)
async def test_anything_is_answered(
    app: ProtectMiddleware, authorization: bytes, query: bytes, body: bytes
) -> None:
    """THREATS 56: PARITY 6 Authlib 1.0 parsing, fuzzed."""
    length = str(len(body)).encode()
    headers = [(b"content-type", FORM), (b"content-length", length)]
    for sent in (headers, [*headers, (b"authorization", authorization)]):
        assert await status_of(app, sent, query, body) in (200, 400, 401)
