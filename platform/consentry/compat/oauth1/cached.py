"""The server and the protector with a cache and model classes."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from consentry.resource.oauth1 import settled

from .caches import Cache, Clock, MemoryCache
from .models import finder, saver
from .nonces import create_exists_nonce_func
from .provider import Provider
from .request import OAuth1Request
from .resource_protector import Asking, SigningProtector
from .settings import PROVIDER, Settings, TokenPair
from .temporary import TemporaryCredentials


class BaseServer(Provider):
    """An OAuth 1 provider over a client and a token model; temporary credentials are a subclass's.

    client_model, token_model: classes of the app, or functions (`models.finder`,
    `models.saver`). settings: the reference's dictionary, `nonce_expires_in` and the others.
    cache: several processes need one they share.
    """

    def __init__(
        self,
        client_model: Any,
        token_model: Any,
        token_generator: Callable[[], Any] | None = None,
        cache: Cache | None = None,
        settings: Mapping[str, Any] | None = None,
        *,
        clock: Clock = time.time,
    ) -> None:
        super().__init__(Settings.of({PROVIDER: settings or {}}), cache, clock)
        self._find_client, self._save_token = finder(client_model, "client_id"), saver(token_model)
        self.token_generator = token_generator
        self._exists_nonce = create_exists_nonce_func(
            self.cache, expires=self.settings.nonce_expires_in
        )

    async def get_client_by_id(self, client_id: str) -> Any:
        return await settled(self._find_client(client_id))

    async def exists_nonce(self, nonce: str, request: OAuth1Request) -> bool:
        timestamp = request.timestamp or ""
        return await self._exists_nonce(nonce, timestamp, request.client_id, request.token)

    async def create_token_credential(self, request: OAuth1Request) -> Any:
        """A row of the token model: `oauth_token`, `oauth_token_secret`, `client_id`, `user_id`."""
        fields = {
            **await self.new_token(),
            "client_id": request.credential.get_client_id(),
            "user_id": request.credential.get_user_id(),
        }
        return await settled(self._save_token(fields))

    async def new_token(self) -> TokenPair:
        """A new pair of `oauth_token` and `oauth_token_secret`."""
        if self.token_generator is None:
            return self.settings.new_token()
        return dict(await settled(self.token_generator()))


class CacheAuthorizationServer(BaseServer):
    """An OAuth 1 provider that keeps temporary credentials and nonces in a cache."""

    def __init__(
        self,
        client_model: Any,
        token_model: Any,
        token_generator: Callable[[], Any] | None = None,
        cache: Cache | None = None,
        settings: Mapping[str, Any] | None = None,
        *,
        clock: Clock = time.time,
    ) -> None:
        super().__init__(client_model, token_model, token_generator, cache, settings, clock=clock)
        mine = self.settings
        self._temporary = TemporaryCredentials(
            self.cache,
            mine.temporary_credential_key_prefix,
            mine.temporary_credential_expires_in,
            clock,
        )

    async def create_temporary_credential(self, request: OAuth1Request) -> Any:
        token = await self.new_token()
        return await self._temporary.create(token, request.client_id, request.redirect_uri)

    async def get_temporary_credential(self, request: OAuth1Request) -> Any:
        return await self._temporary.get(request.token)

    async def delete_temporary_credential(self, request: OAuth1Request) -> None:
        await self._temporary.delete(request.token)

    async def create_authorization_verifier(self, request: OAuth1Request) -> str:
        verifier = self.new_verifier(request)
        await self._temporary.authorize(request.credential, request.user, verifier)
        return verifier


class ResourceProtector(SigningProtector):
    """Guards routes over a client and a token model; nonces are in a cache.

    client_model, token_model: classes of the app, or functions of the client id, and of client
    id and token. The cache is shared with the server, whose nonces it does not meet: tokens
    differ.
    """

    def __init__(
        self,
        client_model: Any,
        token_model: Any,
        cache: Cache | None = None,
        settings: Mapping[str, Any] | None = None,
        *,
        clock: Clock = time.time,
    ) -> None:
        super().__init__(Settings.of({PROVIDER: settings or {}}), clock)
        self._find_client = finder(client_model, "client_id")
        self._find_token = finder(token_model, "client_id", "oauth_token")
        self._exists_nonce_in = create_exists_nonce_func(
            MemoryCache(clock) if cache is None else cache, expires=self.settings.nonce_expires_in
        )

    async def get_client_by_id(self, client_id: str) -> Any:
        return await settled(self._find_client(client_id))

    async def get_token_credential(self, request: Asking) -> Any:
        return await settled(self._find_token(request.client_id, request.token))

    async def exists_nonce(self, nonce: str, request: Asking) -> bool:
        found = request.timestamp, request.client_id, request.token
        return await self._exists_nonce_in(nonce, *found)
