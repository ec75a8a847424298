"""What happens to codes and tokens: the methods one overrides for models of one's own."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from starlette.requests import Request

from consentry.compat.provider.errors import OAuthValidationError
from consentry.compat.provider.forms.grants import (
    AuthorizationCodeGrantForm,
    PasswordGrantForm,
    PresentedPassword,
    PresentedRefresh,
    RefreshTokenGrantForm,
    UsedBefore,
)
from consentry.compat.provider.models import AccessToken, Client, Grant, RefreshToken, digest_of
from consentry.compat.provider.utils import get_token_expiry, long_token
from consentry.compat.provider.views.base import Mixin
from consentry.crypto.seal import Unsealable
from consentry.crypto.tokens import REFRESH
from consentry.spec.errors import InvalidGrant
from consentry.spec.forms import Form

T = TypeVar("T")


class TokenHooks(Mixin):
    """Finding, making and ending. family: what tokens made in this request belong to."""

    family: str = ""

    async def get_authorization_code_grant(
        self, request: Request, data: Form, client: Client
    ) -> Grant:
        """The code presented. Raises OAuthValidationError; a used one ends what it bought."""
        form = AuthorizationCodeGrantForm(data, client=client, provider=self.provider)
        return await self._unused(form.validated)

    async def get_refresh_token_grant(
        self, request: Request, data: Form, client: Client
    ) -> PresentedRefresh:
        """The refresh token presented, and the scope asked for. Raises as the one for codes."""
        form = RefreshTokenGrantForm(data, client=client, provider=self.provider)
        return await self._unused(form.validated)

    async def get_password_grant(
        self, request: Request, data: Form, client: Client
    ) -> PresentedPassword:
        """The user whose password was right. Raises OAuthValidationError."""
        return await PasswordGrantForm(data, client=client, provider=self.provider).validated()

    async def get_access_token(
        self, request: Request, user: str, scope: int, client: Client
    ) -> AccessToken | None:
        """The live token to hand out again, with its text; None if a new one is to be made."""
        now = self.provider.clock()
        found = await self.store.find_access_token(user, client.client_id, scope, now)
        if found is None:
            return None
        try:
            text = self.provider.seal.tokens.unseal(found.sealed, context=found.digest)
        except Unsealable:
            return None
        return replace(found, token=text.decode())

    async def create_access_token(
        self, request: Request, user: str, scope: int, client: Client
    ) -> AccessToken:
        """A new token, kept. Raises OAuthValidationError when its family was ended meanwhile."""
        token = long_token()
        digest, sealed = digest_of(token), b""
        if self.settings.single_access_token:
            sealed = self.provider.seal.tokens.seal(token.encode(), context=digest)
        made = AccessToken(
            token=token,
            digest=digest,
            sealed=sealed,
            user=user,
            client_id=client.client_id,
            expires=get_token_expiry(
                client.is_public,
                lifetime=client.access_token_lifetime,
                settings=self.settings,
                clock=self.provider.clock,
            ),
            scope=scope,
            family=self.family,
        )
        if not await self.store.add_access_token(made):
            raise _ended()
        return made

    async def create_refresh_token(
        self, request: Request, user: str, scope: int, access_token: AccessToken, client: Client
    ) -> RefreshToken:
        """A new token, kept. Raises OAuthValidationError when its family was ended meanwhile."""
        token = long_token(REFRESH)
        lifetime = timedelta(seconds=self.settings.refresh_token_lifetime)
        made = RefreshToken(
            token=token,
            digest=digest_of(token),
            user=user,
            client_id=client.client_id,
            access_token=access_token.digest,
            expires=self.provider.clock() + lifetime,
            scope=scope,
            family=self.family,
        )
        if not await self.store.add_refresh_token(made):
            raise _ended()
        return made

    async def invalidate_grant(self, grant: Grant) -> bool:
        """Spend a code. True for the one request that may have tokens for it."""
        return await self.store.spend_grant(grant.digest)

    async def invalidate_refresh_token(self, refresh_token: RefreshToken) -> bool:
        """Spend a refresh token. True for the one request that may have tokens for it."""
        return await self.store.spend_refresh_token(refresh_token.digest)

    async def invalidate_access_token(self, digest: bytes) -> None:
        """End an access token; `digest` is the SHA-256 it is kept by."""
        await self.store.end_access_token(digest)

    async def end_family(self, found: Grant | RefreshToken) -> None:
        """End all that a code or refresh token bought (RFC 6749 §4.1.2, RFC 9700 §4.14.2)."""
        await self.store.revoke_family(found.family)
        if not self.settings.single_access_token:
            return
        # What it bought may be a token that an earlier code made.
        shared = await self.store.find_access_token(
            found.user, found.client_id, found.scope, self.provider.clock()
        )
        if shared is not None:
            await self.store.revoke_family(shared.family)

    async def _unused(self, validated: Callable[[], Awaitable[T]]) -> T:
        try:
            return await validated()
        except UsedBefore as again:
            await self.end_family(again.found)
            raise


def new_family() -> str:
    """A family of its own."""
    return secrets.token_urlsafe(16)


def _ended() -> OAuthValidationError:
    return OAuthValidationError.of(InvalidGrant("the authorization has ended"))
