"""The decorator of an endpoint: a function of Starlette or of FastAPI, or a method."""

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import WebSocketException
from starlette.requests import HTTPConnection, Request

from .current import afterwards_as_before
from .refused import POLICY_VIOLATION, Refused

Endpoint = Callable[..., Any]
Admit = Callable[[HTTPConnection[Any]], Awaitable[Any]]
_INSERTED = "protected_request"
_CONNECTIONS = ("Request", "HTTPConnection", "WebSocket")


def guarded(endpoint: Endpoint, admit: Admit) -> Endpoint:
    """The endpoint, called once `admit` let the request in; else the refusal is the answer, and
    a websocket is closed with 1008.

    An endpoint that takes no argument a request could be in gets one for FastAPI to fill.
    """
    call = _awaited(endpoint)
    is_inserted = not _may_take_request(endpoint)

    @functools.wraps(endpoint)
    async def protected(*args: Any, **kwargs: Any) -> Any:
        request = _request_in(args, kwargs)
        if is_inserted:
            kwargs.pop(_INSERTED, None)
        with afterwards_as_before():
            try:
                await admit(request)
            except Refused as refused:
                if request.scope["type"] == "websocket":
                    raise WebSocketException(POLICY_VIOLATION) from None
                return refused.response()
            return await call(*args, **kwargs)

    if is_inserted:
        protected.__signature__ = _with_request(endpoint)  # type: ignore[attr-defined]
    return protected


def _awaited(endpoint: Endpoint) -> Callable[..., Awaitable[Any]]:
    """A plain function runs in a thread, as Starlette would have run it."""
    if inspect.iscoroutinefunction(endpoint):
        return endpoint
    return functools.partial(run_in_threadpool, endpoint)


def _request_in(args: tuple[Any, ...], kwargs: dict[str, Any]) -> HTTPConnection[Any]:
    for one in (*args, *kwargs.values()):
        if isinstance(one, HTTPConnection):
            return one
    raise RuntimeError("a protected endpoint must be given the request")


def _may_take_request(endpoint: Endpoint) -> bool:
    """Whether a request would reach it: by its type, by the name, or as what has no type."""
    for parameter in inspect.signature(endpoint).parameters.values():
        said = parameter.annotation
        named = said if isinstance(said, str) else getattr(said, "__name__", "")
        if parameter.name == "request" or named.endswith(_CONNECTIONS):
            return True
        if said is parameter.empty and parameter.default is parameter.empty:
            if parameter.name not in ("self", "cls"):
                return True
    return False


def _with_request(endpoint: Endpoint) -> inspect.Signature:
    signature = inspect.signature(endpoint)
    inserted = inspect.Parameter(_INSERTED, inspect.Parameter.KEYWORD_ONLY, annotation=Request)
    return signature.replace(parameters=[*signature.parameters.values(), inserted])
