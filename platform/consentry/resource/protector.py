"""The forms a protector comes in, whatever credentials it takes."""

import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, ClassVar, NamedTuple, overload

from starlette.exceptions import WebSocketException
from starlette.requests import HTTPConnection

from consentry.spec.errors import InvalidRequest, OAuthError
from consentry.spec.scope import Scope

from .asked import Asked
from .current import afterwards_as_before, serve
from .endpoint import Endpoint, guarded
from .need import Need, Scopes
from .refused import POLICY_VIOLATION, Refused, prepare

_KEPT = "consentry.resource"
_log = logging.getLogger("consentry.resource")


class Held(NamedTuple):
    """Credentials found good.

    value: what the app is given. scope: None if nothing is known of it. realm: the one named.
    """

    value: Any
    scope: Scope | None
    realm: str | None = None


class Scheme(ABC):
    """One kind of credentials: how they are found, read, and asked for.

    state: the name in `request.state` and the kind of `current_…` that gives them.
    """

    state: ClassVar[str]

    @abstractmethod
    async def is_used_by(self, asked: Asked) -> bool:
        """Whether a request carries credentials of this kind, good or bad."""

    @abstractmethod
    async def read(self, asked: Asked) -> Held:
        """Those credentials. Raises OAuthError if they do not hold."""

    @abstractmethod
    def check(self, held: Held, need: Need) -> None:
        """Raises OAuthError if they do not reach far enough."""

    @abstractmethod
    def challenge(self, need: Need, error: OAuthError | None) -> str:
        """What `WWW-Authenticate` asks for."""


class Protector:
    """Guards routes. `require_oauth = ResourceProtector(…)`, and then one of

    - `@require_oauth`, `@require_oauth("photos.read")`: a decorator of an endpoint;
    - `Depends(require_oauth.dependency("photos.read"))`, whose value are the credentials;
    - `app.add_middleware(ProtectMiddleware, protector=require_oauth)`;
    - `await require_oauth.acquire(request, "photos.read")` inside an endpoint.

    What a request came with is in `request.state` and in `current_token` or
    `current_credential` too.
    """

    schemes: Sequence[Scheme]

    @overload
    def __call__(self, scopes: Endpoint) -> Endpoint: ...

    @overload
    def __call__(
        self, scopes: Scopes = None, *, realm: str | None = None, optional: bool = False
    ) -> Callable[[Endpoint], Endpoint]: ...

    def __call__(
        self, scopes: Scopes | Endpoint = None, *, realm: str | None = None, optional: bool = False
    ) -> Any:
        """A decorator, with or without parentheses. Raises ValueError for malformed scopes.

        optional: who sends no credentials is let in, with nothing in `request.state`.
        """
        if callable(scopes):
            return guarded(scopes, self._admitting(Need.of(None)))
        admit = self._admitting(Need.of(scopes, realm=realm, optional=optional))
        return lambda endpoint: guarded(endpoint, admit)

    def dependency(
        self, scopes: Scopes = None, *, realm: str | None = None, optional: bool = False
    ) -> Callable[..., AsyncIterator[Any]]:
        """For FastAPI's `Depends`: gives the credentials, None if optional and not sent."""
        need = Need.of(scopes, realm=realm, optional=optional)

        async def credentials(connection: HTTPConnection) -> AsyncIterator[Any]:
            with afterwards_as_before():
                yield await self._raising(connection, need)

        return credentials

    async def acquire(
        self, request: HTTPConnection[Any], scopes: Scopes = None, *, realm: str | None = None
    ) -> Any:
        """The request's credentials. Raises Refused, which any Starlette app answers."""
        return await self._raising(request, Need.of(scopes, realm=realm))

    async def admit(self, asked: Asked, need: Need) -> Any:
        """The credentials of a request that is let in; None if it needs none and has none.

        Credentials that were read once for a request are not read again: a nonce is spent.
        Raises Refused.
        """
        scheme: Scheme | None = None
        found: dict[str, Any] = dict.fromkeys(one.state for one in self.schemes)
        try:
            scheme = await self._scheme_of(asked)
            if scheme is None:
                self._check_may_come_without(asked, need)
                value = None
            else:
                held = await _read_once(scheme, asked)
                scheme.check(held, need)
                value = found[scheme.state] = held.value
        except OAuthError as error:
            raise self._refused(need, scheme, error) from None
        asked.connection.scope.setdefault("state", {}).update(found)
        serve(found)
        return value

    async def aclose(self) -> None:
        """Close connections that the protector opened itself; for the end of the app's life."""
        return

    async def _scheme_of(self, asked: Asked) -> Scheme | None:
        """The kind of credentials sent. Raises InvalidRequest for two kinds at once."""
        used = [scheme for scheme in self.schemes if await scheme.is_used_by(asked)]
        if len(used) > 1:
            raise InvalidRequest("credentials of two kinds", rule="one authentication method")
        return used[0] if used else None

    def _check_may_come_without(self, asked: Asked, need: Need) -> None:
        """A scheme that nobody here knows is an attempt, not a visit without credentials."""
        if not need.optional or asked.authorization is not None:
            challenges = [scheme.challenge(need, None) for scheme in self.schemes]
            raise Refused(None, challenges)

    def _refused(self, need: Need, scheme: Scheme | None, error: OAuthError) -> Refused:
        if error.status >= 500:
            _log.warning("cannot verify credentials: %s", error.detail or error.code)
        used = self.schemes if scheme is None else [scheme]
        return Refused(error, [one.challenge(need, error) for one in used])

    def _admitting(self, need: Need) -> Callable[[HTTPConnection[Any]], Any]:
        return lambda connection: self.admit(Asked(connection), need)

    async def _raising(self, connection: HTTPConnection[Any], need: Need) -> Any:
        """`admit` where whoever catches what is raised is the app itself."""
        prepare(connection)
        try:
            return await self.admit(Asked(connection), need)
        except Refused:
            if connection.scope["type"] == "websocket":
                raise WebSocketException(POLICY_VIOLATION) from None
            raise


class AnyOf(Protector):
    """Protectors of several kinds on one route: a request may use any one of them."""

    def __init__(self, *protectors: Protector) -> None:
        self._protectors = protectors
        self.schemes = [scheme for one in protectors for scheme in one.schemes]
        states = [scheme.state for scheme in self.schemes]
        if len(set(states)) < len(states):
            raise ValueError("two protectors of the same kind")

    async def aclose(self) -> None:
        """Close what each of them opened."""
        for one in self._protectors:
            await one.aclose()


async def _read_once(scheme: Scheme, asked: Asked) -> Held:
    kept: dict[Scheme, Held] = asked.connection.scope.setdefault(_KEPT, {})
    if scheme not in kept:
        kept[scheme] = await scheme.read(asked)
    return kept[scheme]
