"""The server with hooks: functions of the app, registered by name."""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from consentry.resource.oauth1 import settled

from .caches import Cache, Clock
from .provider import Provider
from .request import OAuth1Request
from .settings import Settings, TokenPair

HOOKS: Final = (
    "exists_nonce",
    "create_temporary_credential",
    "get_temporary_credential",
    "delete_temporary_credential",
    "create_authorization_verifier",
    "create_token_credential",
)
Function = Callable[..., Any]


class AuthorizationServer(Provider):
    """An OAuth 1 provider over six hooks; each may be asynchronous.

    query_client: `query_client(client_id)`, an object with the methods of ClientMixin, or None.
    token_generator: makes a dictionary of `oauth_token` and `oauth_token_secret`.
    cache: where approvals, exchanges and wrong verifiers are marked; several processes need
    one they share.
    """

    def __init__(
        self,
        app: Any = None,
        query_client: Function | None = None,
        token_generator: Function | None = None,
        *,
        config: Mapping[str, Any] | None = None,
        cache: Cache | None = None,
        clock: Clock = time.time,
    ) -> None:
        super().__init__(Settings.of(config or {}), cache, clock)
        self.query_client, self.token_generator = query_client, token_generator
        self._hooks: dict[str, Function] = {}
        if app is not None:
            self.init_app(app, config=config)

    def init_app(
        self,
        app: Any,
        query_client: Function | None = None,
        token_generator: Function | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        """Take settings from `config`, else from `app.state.config`, and check at start-up.

        The app (Starlette or FastAPI) does not start while a hook is missing.
        """
        self.query_client = query_client or self.query_client
        self.token_generator = token_generator or self.token_generator
        found = getattr(app.state, "config", None) if config is None else config
        if found is not None:
            self.configure(Settings.of(found))
        _check_first(app, self.check_hooks)

    def register_hook(self, name: str, func: Function) -> None:
        """Set one of the six hooks. Raises ValueError for another name, TypeError for no function.

        `exists_nonce(nonce, timestamp, client_id, oauth_token)`,
        `create_temporary_credential(token, client_id, redirect_uri)`,
        `get_temporary_credential(oauth_token)`, `delete_temporary_credential(oauth_token)`,
        `create_authorization_verifier(credential, grant_user, verifier)`,
        `create_token_credential(token, temporary_credential)`.
        """
        if name not in HOOKS:
            raise ValueError(f"no hook is called {name!r}; they are {', '.join(HOOKS)}")
        if not callable(func):
            raise TypeError(f"the hook {name} has to be a function")
        self._hooks[name] = func

    def check_hooks(self) -> None:
        """Raises RuntimeError naming everything that is still missing."""
        missing = [f'"{name}" hook' for name in HOOKS if name not in self._hooks]
        if self.query_client is None:
            missing.append('"query_client" function')
        if missing:
            raise RuntimeError(f"{', '.join(missing)} is required.")

    async def get_client_by_id(self, client_id: str) -> Any:
        if self.query_client is None:
            raise RuntimeError('"query_client" function is required.')
        return await settled(self.query_client(client_id))

    async def exists_nonce(self, nonce: str, request: OAuth1Request) -> bool:
        seen: bool = await self._call(
            "exists_nonce", nonce, request.timestamp, request.client_id, request.token
        )
        return seen

    async def create_temporary_credential(self, request: OAuth1Request) -> Any:
        name, token = "create_temporary_credential", await self.new_token()
        return await self._call(name, token, request.client_id, request.redirect_uri)

    async def get_temporary_credential(self, request: OAuth1Request) -> Any:
        return await self._call("get_temporary_credential", request.token)

    async def delete_temporary_credential(self, request: OAuth1Request) -> None:
        await self._call("delete_temporary_credential", request.token)

    async def create_authorization_verifier(self, request: OAuth1Request) -> str:
        verifier = self.new_verifier(request)
        name = "create_authorization_verifier"
        await self._call(name, request.credential, request.user, verifier)
        return verifier

    async def create_token_credential(self, request: OAuth1Request) -> Any:
        name, token = "create_token_credential", await self.new_token()
        return await self._call(name, token, request.credential)

    async def new_token(self) -> TokenPair:
        """A new pair of `oauth_token` and `oauth_token_secret`."""
        if self.token_generator is None:
            return self.settings.new_token()
        return dict(await settled(self.token_generator()))

    async def _call(self, name: str, *arguments: Any) -> Any:
        hook = self._hooks.get(name)
        if hook is None:
            raise RuntimeError(f'"{name}" hook is required.')
        return await settled(hook(*arguments))


def _check_first(app: Any, check: Callable[[], None]) -> None:
    """Run a check when the app starts, before its own lifespan."""
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[Any]:
        check()
        async with inner(app) as state:
            yield state

    app.router.lifespan_context = lifespan
