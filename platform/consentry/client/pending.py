"""Logins under way, each tied to the browser it began in (RFC 6749 §10.12).

What is remembered stays on the server. The browser holds a random marker per login, in a cookie
of its own, so tabs do not disturb one another; a record is found only by state and marker
together. Whoever brings the state without the marker finds nothing, and spoils nothing.
"""

import hashlib
from collections.abc import Callable, Mapping
from secrets import token_urlsafe
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from .errors import MismatchingState
from .state_store import StateStore

PREFIX: Final = "consentry-login-"
HOST_PREFIX: Final = "__Host-"
MAX_PENDING: Final = 5
LIFETIME: Final = 3600


class PendingLogins:
    """lifetime: seconds between the redirect and the way back. clock: seconds since 1970."""

    def __init__(
        self, store: StateStore, clock: Callable[[], float], lifetime: int = LIFETIME
    ) -> None:
        self._store, self._clock, self._lifetime = store, clock, lifetime

    async def begin(
        self, request: Request, response: Response, *, client: str, state: str,
        data: Mapping[str, Any], returns_to: str, by_post: bool = False,
    ) -> None:  # fmt: skip
        """Remember a login and mark the browser, by a cookie on the response.

        client: whose login, and of which kind. data: what JSON can carry. returns_to: where the
        browser comes back to; https makes the cookie one of this host alone. by_post: the way
        back is a form posted by another site (OAuth Form Post Response Mode §2).
        """
        secure = returns_to.lower().startswith("https:")
        name, marker = _cookie_name(state, secure=secure), token_urlsafe(24)
        key = _key(client, name, state, marker)
        await self._store.put(key, orjson.dumps(dict(data)).decode(), self._lifetime)
        self._drop_oldest(request, response, name)
        _set_cookie(
            response, name, f"{int(self._clock())}.{marker}", self._lifetime,
            secure=secure, cross_site=by_post and secure,
        )  # fmt: skip

    async def finish(self, request: Request, *, client: str, state: str | None) -> dict[str, Any]:
        """What was remembered of a login begun in this browser; it is gone from then on.

        Raises MismatchingState.
        """
        for name in _names(state) if state else ():
            _, _, marker = request.cookies.get(name, "").partition(".")
            if marker and state:
                found = await self._store.take(_key(client, name, state, marker))
                if found is not None:
                    data: dict[str, Any] = orjson.loads(found)
                    return data
        raise MismatchingState()

    def _drop_oldest(self, request: Request, response: Response, name: str) -> None:
        """Room for one more: a browser has at most five markers."""
        held = [one for one in request.cookies if one.removeprefix(HOST_PREFIX).startswith(PREFIX)]
        others = sorted((one for one in held if one != name), key=lambda o: _age(request, o))
        for one in others[: max(0, len(others) - MAX_PENDING + 1)]:
            _set_cookie(response, one, "", 0, secure=one.startswith(HOST_PREFIX))


def _key(client: str, cookie: str, state: str, marker: str) -> str:
    """A digest, so that neither the store nor who reads it learns a state or a marker.

    The cookie's name is in it: a marker that a neighbouring host could plant without the
    `__Host-` prefix never stands for one with it (RFC 6265bis §4.1.3.2).
    """
    told = orjson.dumps([client, cookie, state, marker])
    return f"consentry-login:{hashlib.sha256(told).hexdigest()}"


def _names(state: str) -> tuple[str, str]:
    return _cookie_name(state, secure=True), _cookie_name(state, secure=False)


def _cookie_name(state: str, *, secure: bool) -> str:
    short = hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{HOST_PREFIX if secure else ''}{PREFIX}{short}"


def _age(request: Request, name: str) -> tuple[int, str]:
    began = request.cookies[name].partition(".")[0]
    return (int(began) if began.isdecimal() and len(began) < 12 else 0), name


def _set_cookie(
    response: Response, name: str, value: str, max_age: int, *, secure: bool,
    cross_site: bool = False,
) -> None:  # fmt: skip
    response.set_cookie(
        name, value, max_age=max_age, path="/", secure=secure, httponly=True,
        samesite="none" if cross_site else "lax",
    )  # fmt: skip
