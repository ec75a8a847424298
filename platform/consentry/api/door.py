"""From an operation to the handler of its address: read, ask whether it may, act, answer."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from consentry.api import etags, repeats
from consentry.api.auth import caller, check_allowed
from consentry.api.operation import Call, Made, Operation, Resource
from consentry.api.problems import guarded
from consentry.api.reading import read_body, read_idempotency_key, read_query
from consentry.web.routing import Endpoint, Handler, Rendered

JSON = (b"content-type", b"application/json")
NO_STORE = (b"cache-control", b"no-store")


def endpoints(resources: Iterable[Resource]) -> dict[str, Endpoint]:
    """The addresses of some resources."""
    methods: dict[str, dict[str, Handler]] = {}
    names: dict[str, str] = {}
    for resource in resources:
        for one in resource.operations:
            methods.setdefault(one.path, {})[one.method] = handler(one)
            names[one.path] = f"api.{one.tag}"
    return {path: Endpoint(names[path], found) for path, found in methods.items()}


def handler(operation: Operation) -> Handler:
    """What answers requests for an operation."""

    async def answer(request: Request) -> Response:
        call = await _understood(operation, request)
        if not operation.changes:
            done = await operation.handle(call)
            return etags.unless_known(request, rendered(operation, done))
        return await _changed(operation, call)

    return guarded(answer)


async def _understood(operation: Operation, request: Request) -> Call[Any, Any]:
    """The call a request makes, by somebody who may make it."""
    path = request.scope.get("path_params", {})
    ctx = await caller(request, changes=operation.changes)
    query = read_query(operation.query, request)
    about = path.get("client_id") or getattr(query, "client_id", None)
    await check_allowed(ctx, operation, None if operation.own else about)
    return Call(ctx, request, path, query, read_body(operation.body, request))


async def _changed(operation: Operation, call: Call[Any, Any]) -> Response:
    """The answer to a change, made once however often it is asked with one key."""
    key = read_idempotency_key(call.request) if operation.creates else None
    wanted = etags.wanted(call.request) if operation.current else None
    if operation.prepare is not None:
        call = await operation.prepare(call)
    if key is None and wanted is None:
        return rendered(operation, await operation.handle(call))
    response = await _in_turn(operation, call, key, wanted)
    if "client_id" in call.path:
        # Another request may have read it anew before the transaction ended.
        call.ctx.deployment.clients.drop((call.ctx.serial, call.path["client_id"]))
    return response


async def _in_turn(
    operation: Operation, call: Call[Any, Any], key: str | None, wanted: list[str] | None
) -> Response:
    """The answer to a change, made where changes of the tenant take turns."""
    async with operation.enter(call) as ctx:
        inside = replace(call, ctx=ctx)
        if wanted is not None and operation.current is not None:
            etags.check(wanted, await operation.current(inside))
        if key is None:
            return rendered(operation, await operation.handle(inside))
        given = await repeats.before(ctx, call.request, key)
        if given is None:
            given = rendered(operation, await operation.handle(inside))
            await repeats.keep(ctx, call.request, key, given)
        return given


def rendered(operation: Operation, done: BaseModel | Made | None) -> Response:
    """The answer as JSON, with its tag or its new address."""
    if done is None:
        return Rendered(b"", (NO_STORE,), 204)
    headers = [JSON, NO_STORE]
    model = done
    if isinstance(done, Made):
        model = done.answer
        headers.append((b"location", done.location.encode("ascii")))
    body = etags.text_of(model)
    if operation.has_etag:
        headers.append((b"etag", etags.tag_of(body)))
    return Rendered(body, headers, operation.status)
