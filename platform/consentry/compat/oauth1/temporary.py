"""Temporary credentials in a cache (RFC 5849 §2.1)."""

import time
from typing import Any, Final

from .caches import Cache, Clock
from .given import subject_id
from .mixins import TemporaryCredential
from .settings import TokenPair
from .shelf import Shelf

LIFETIME: Final = 600


class TemporaryCredentials:
    """The temporary credentials of one provider; each lives for `expires_in` seconds."""

    def __init__(
        self, cache: Cache, key_prefix: str, expires_in: int, clock: Clock = time.time
    ) -> None:
        self._shelf, self._expires_in, self._clock = Shelf(cache, key_prefix), expires_in, clock

    async def create(
        self, token: TokenPair, client_id: str, redirect_uri: str | None
    ) -> TemporaryCredential:
        """Keep a new one; `token` brings `oauth_token` and `oauth_token_secret`."""
        made = TemporaryCredential(token, client_id=client_id)
        if redirect_uri:
            made["oauth_callback"] = redirect_uri
        made["expires_at"] = int(self._clock()) + self._expires_in
        await self._shelf.write(made, self._expires_in, made.get_oauth_token())
        return made

    async def get(self, oauth_token: str | None) -> TemporaryCredential | None:
        """The credential; None when absent, expired or consumed."""
        found = await self._shelf.read(oauth_token) if oauth_token else None
        if found is None or found["expires_at"] <= self._clock():
            return None
        return TemporaryCredential(found)

    async def delete(self, oauth_token: str | None) -> None:
        """Forget it; nothing happens without a token."""
        if oauth_token:
            await self._shelf.drop(oauth_token)

    async def authorize(
        self, credential: TemporaryCredential, grant_user: Any, verifier: str
    ) -> TemporaryCredential:
        """Keep who approved, and the verifier, for the rest of its time."""
        approved = {"user_id": subject_id(grant_user), "oauth_verifier": verifier}
        changed = TemporaryCredential({**credential, **approved})
        left = max(1, int(changed["expires_at"] - self._clock()))
        await self._shelf.write(changed, left, changed.get_oauth_token())
        return changed


def register_temporary_credential_hooks(
    server: Any,
    cache: Cache,
    key_prefix: str = "temporary_credential:",
    expires_in: int = LIFETIME,
) -> None:
    """Give a server the four hooks of temporary credentials over a cache.

    expires_in: seconds a person has to approve; the reference has a day.
    """
    kept = TemporaryCredentials(cache, key_prefix, expires_in, server.clock)
    server.register_hook("create_temporary_credential", kept.create)
    server.register_hook("get_temporary_credential", kept.get)
    server.register_hook("delete_temporary_credential", kept.delete)
    server.register_hook("create_authorization_verifier", kept.authorize)
