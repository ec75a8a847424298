"""The registry: an app's clients by name."""

import time
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self

from starlette.requests import Request

from .app import App, Around
from .config import Registration, Source, from_settings, merged
from .oauth1_app import OAuth1App
from .oauth2_app import OAuth2App
from .pending import LIFETIME, PendingLogins
from .signals import Signal
from .state_store import MemoryStateStore, as_state_store
from .vault import TokenVault


class OAuth:
    """Clients of providers, for a Starlette or FastAPI app.

    config: an app's settings, `starlette.config.Config` or a mapping. store (or cache): where
    logins under way are kept, a StateStore or a cache with async get, set and delete; in memory
    unless given, which is right for one process. fetch_token: `(name, request)` gives the token
    to use. update_token: `(name, token, refresh_token=, access_token=)` is told of a renewed one.
    vault, owner: where tokens are kept otherwise, and whose they are by request. http: options
    of `httpx2.AsyncClient` for all clients. state_lifetime: seconds a login may take.
    """

    def __init__(
        self, config: Source = None, cache: Any = None,
        fetch_token: Callable[..., Any] | None = None,
        update_token: Callable[..., Any] | None = None, *, store: Any = None,
        vault: TokenVault | None = None,
        owner: Callable[[Request], str | Awaitable[str | None] | None] | None = None,
        http: Mapping[str, Any] | None = None, clock: Callable[[], float] = time.time,
        state_lifetime: int = LIFETIME,
    ) -> None:  # fmt: skip
        given = store if store is not None else cache
        states = MemoryStateStore(clock=clock) if given is None else as_state_store(given)
        self.token_update = Signal()
        self._config = config
        self._registered: dict[str, tuple[bool, dict[str, Any]]] = {}
        self._clients: dict[str, App] = {}
        self._around = Around(
            pending=PendingLogins(states, clock, state_lifetime), clock=clock,
            http=dict(http or {}), fetch_token=fetch_token, update_token=update_token,
            vault=vault, owner=owner, token_update=self.token_update,
        )  # fmt: skip

    @property
    def config(self) -> Source:
        """The app's settings; given anew, every client is made anew from them."""
        return self._config

    @config.setter
    def config(self, config: Source) -> None:
        self._config = config
        self._clients.clear()

    def register(self, name: str, overwrite: bool = False, **registration: Any) -> Any:
        """Register a client, in place of one of the same name, and get it.

        registration: the keys of `Registration`, `client_cls`, and provider metadata by its
        registered names. They win over the app's settings; with `overwrite` the settings do.
        A request_token_url makes it an OAuth 1 client, unless `client_cls` says otherwise.
        Raises Misconfigured.
        """
        self._registered[name] = overwrite, registration
        self.forget(name)
        return self.create_client(name)

    def create_client(self, name: str) -> Any:
        """The client of a name, made at first use and then kept; None for an unknown name."""
        client = self._clients.get(name)
        if client is None and name in self._registered:
            client = self._clients[name] = self._made(name)
        return client

    def forget(self, name: str) -> None:
        """Make the client anew when it is next asked for: its settings have changed."""
        self._clients.pop(name, None)

    def __getattr__(self, name: str) -> Any:
        """`oauth.twitter`: the client of this name. Raises AttributeError for an unknown one.

        A client named like a method of this class is reached by `create_client`.
        """
        if not name.startswith("_"):
            client = self.create_client(name)
            if client is not None:
                return client
        raise AttributeError(f"no such client: {name}")

    async def aclose(self) -> None:
        """Give every client's connections back."""
        for client in list(self._clients.values()):
            await client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        await self.aclose()

    def _made(self, name: str) -> App:
        overwrite, given = self._registered[name]
        registered = dict(given)
        client_cls: type[App] | None = registered.pop("client_cls", None)
        if client_cls is not None:
            registered = {**client_cls.OAUTH_APP_CONFIG, **registered}
        settings = from_settings(self._config, name)
        registration = Registration.of(merged(registered, settings, overwrite=overwrite))
        if client_cls is None:
            client_cls = OAuth1App if registration.request_token_url else OAuth2App
        return client_cls(name, registration, self._around)
