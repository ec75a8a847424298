"""The other side: one Starlette route that runs the same statement and nothing else.

BENCH_ROUTE names the case; the process then has that route alone. The server (uvicorn, uvloop,
httptools, connection class, garbage collector) is the one Consentry runs on, and so are the
connections to PostgreSQL and the statements' text. With BENCH_STOCK it is uvicorn as it comes,
with its own connection class. What goes with a statement comes from the
request as `|`-separated text, or is made once.
"""

import os
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consentry.serve import serve
from consentry.store.sql.authorizations import LIVE, REDEEM, ROTATE
from consentry.store.sql.connections import Connections
from consentry.store.sql.hot import Hot
from consentry.store.sql.token_credentials import SIGN, SIGN_OWN

Handler = Callable[[Request], Awaitable[Response]]
OK = b'{"ok":true}'
GRACE, LIFETIME = timedelta(seconds=10), timedelta(days=30)
NONCE_LIFETIME = timedelta(seconds=360)
# An ID token's header and claims have about this many bytes.
SIGNED = b"x" * 480


def ordered(statement: Hot) -> tuple[str, Callable[..., tuple[Any, ...]]]:
    """A statement's text, and what puts its named values in the driver's order."""
    compiled = statement.on(dialect())  # type: ignore[no-untyped-call]
    names = compiled.parameters
    return compiled.sql, lambda **values: tuple(values[name] for name in names)


def statement_route(statement: Hot, fixed: dict[str, Any], names: tuple[str, ...]) -> Handler:
    """One row by one statement; 409 if there is none."""
    sql, arrange = ordered(statement)
    connections = Connections(os.environ["BENCH_DATABASE"], 10, 10.0)

    async def answer(request: Request) -> Response:
        given = (await request.body()).decode().split("|")
        values: dict[str, Any] = {**fixed, **dict(zip(names, given, strict=True))}
        values["id"] = UUID(values["id"])
        now = values["now"] = datetime.now(UTC)
        values["grace_from"], values["grace_until"] = now - GRACE, now + GRACE
        values["expires_at"] = now + LIFETIME
        values["nonce_until"] = now + NONCE_LIFETIME
        if "generation" in values:
            values["generation"] = int(values["generation"])
        row = await connections.fetch_row(sql, arrange(**values))
        return Response(OK, 409 if row is None else 200, media_type="application/json")

    return answer


def signing(inner: Handler) -> Handler:
    """The same with one ES256 signature."""
    key = ec.generate_private_key(ec.SECP256R1())

    async def answer(request: Request) -> Response:
        response = await inner(request)
        key.sign(SIGNED, ec.ECDSA(SHA256()))
        return response

    return answer


async def nothing(request: Request) -> Response:
    """A body read, a fixed answer."""
    await request.body()
    return Response(OK, media_type="application/json")


def document(body: bytes) -> Handler:
    """A fixed document."""

    async def answer(request: Request) -> Response:
        return Response(body, media_type="application/json")

    return answer


def route() -> Handler:
    """The handler of the case that was asked for."""
    case = os.environ["BENCH_ROUTE"]
    if case in ("discovery", "jwks"):
        return document(b"x" * int(os.environ["BENCH_BYTES"]))
    if case == "client_credentials":
        return nothing
    fixed = {
        "tenant_id": UUID(os.environ["BENCH_TENANT"]),
        "client_id": "printer",
        "redirect_uri": os.environ["BENCH_REDIRECT_URI"],
    }
    if case == "refresh":
        return statement_route(ROTATE, fixed, ("id", "generation"))
    if case == "redemption":
        return signing(statement_route(REDEEM, fixed, ("id", "code_challenge")))
    if case.startswith("oauth1_"):
        statement = SIGN_OWN if case == "oauth1_initiate" else SIGN
        return statement_route(statement, fixed, ("id", "nonce"))
    return statement_route(LIVE, fixed, ("id", "jti"))


def create_app() -> Starlette:
    """The application of one case, which is matched first."""
    return Starlette(
        routes=[Route("/", route(), methods=["GET", "POST"]), Route("/ready", document(OK))]
    )


if __name__ == "__main__":
    if os.environ["BENCH_STOCK"]:
        uvicorn.run(
            "benchmarks.bare:create_app", factory=True, port=int(os.environ["BENCH_PORT"]),
            loop="uvloop", http="httptools", ws="none", access_log=False, log_level="warning",
        )  # fmt: skip
        sys.exit()
    serve("benchmarks.bare:create_app", host="127.0.0.1", port=int(os.environ["BENCH_PORT"]))
