"""Liveness, readiness and metrics of one process."""

from collections.abc import Awaitable, Callable

import orjson
from starlette.requests import Request
from starlette.responses import Response

from consentry import metrics
from consentry.store.ports import Store, Unavailable
from consentry.telemetry import process_state
from consentry_migrations import HEAD, serves

NO_STORE = {"Cache-Control": "no-store"}


def _answer(code: int, **members: object) -> Response:
    return Response(orjson.dumps(members), code, NO_STORE, "application/json")


async def healthz(_request: Request) -> Response:
    """200 while the process runs its loop."""
    return _answer(200, status="ok")


def readyz(store: Store) -> Callable[[Request], Awaitable[Response]]:
    """200 when the database answers, at a migration this release can use, and nothing stops."""

    async def answer(_request: Request) -> Response:
        if process_state.draining:
            return _answer(503, status="stopping")
        try:
            await store.ping()
            revision = await store.schema_revision()
        except Unavailable:
            return _answer(503, status="database unavailable")
        if not serves(revision):
            return _answer(503, status="schema differs", expected=HEAD)
        return _answer(200, status="ready")

    return answer


async def show_metrics(request: Request) -> Response:
    """The process's figures in the Prometheus text format, or as OpenMetrics if asked for."""
    body, content_type = metrics.render(request.headers.get("accept", ""))
    return Response(body, 200, {**NO_STORE, "Content-Type": content_type})
