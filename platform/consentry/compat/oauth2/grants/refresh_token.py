"""The refresh token grant (RFC 6749 §6, RFC 9700 §4.14)."""

from abc import abstractmethod
from typing import Any, ClassVar

from consentry.spec.errors import InvalidGrant, InvalidScope
from consentry.spec.scope import Scope

from ..calls import holds, settle, was_taken
from ..models import TokenMixin
from .base import BaseGrant, TokenAnswer, TokenEndpointMixin


class RefreshTokenGrant(BaseGrant, TokenEndpointMixin):
    """A new token for a refresh token, which is spent by it.

    A spent one that comes again ends its whole family, through the server's `revoke_family`.
    """

    GRANT_TYPE = "refresh_token"
    INCLUDE_NEW_REFRESH_TOKEN: ClassVar[bool] = True
    """False keeps the old one in use, for clients that authenticate; others always rotate."""

    async def validate_token_request(self) -> None:
        """Sets the request's `client`, `refresh_token`, `scope` and `family_id`.

        Raises InvalidGrant, and InvalidScope for more than was granted (RFC 6749 §6).
        """
        client = await self.authenticate_token_endpoint_client()
        text = self.request.form.require("refresh_token")
        found: TokenMixin | None = await settle(self.authenticate_refresh_token(text))
        if found is None or not await holds(found.check_client(client)):
            raise InvalidGrant("the refresh token is not valid here", rule="refresh_token")
        self.request.family_id = found.get_family_id()
        if not found.is_refresh_token_active():
            await self._refuse_spent()
        self.request.scope = self._narrowed(found)
        self.request.refresh_token = found

    async def create_token_response(self) -> TokenAnswer:
        """Spend the old one, then issue: of two requests at once only one comes through."""
        old = self.request.refresh_token
        user = None if old is None else await settle(self.authenticate_user(old))
        if user is None:
            raise InvalidGrant("nobody stands behind this token any more", rule="user")
        rotates = self.INCLUDE_NEW_REFRESH_TOKEN or self.request.auth_method == "none"
        if rotates and not await was_taken(
            self.revoke_old_credential(old), "revoke_old_credential"
        ):
            await self._refuse_spent()
        self.request.user = user
        token = await self.issue_token(user, rotates)
        return await self.answer_token(token)

    async def issue_token(self, user: Any, include_refresh_token: bool) -> dict[str, Any]:
        """The new token, of the scope found by `validate_token_request`."""
        return await self.generate_token(
            user=user, scope=self.request.scope, include_refresh_token=include_refresh_token
        )

    def _narrowed(self, old: TokenMixin) -> str:
        """As granted, or the part of it that was asked for."""
        granted, asked = Scope.parse(old.get_scope()), Scope.parse(self.request.payload.scope)
        if not asked <= granted:
            raise InvalidScope("scope is wider than was granted", rule="scope")
        return str(asked or granted)

    async def _refuse_spent(self) -> None:
        await self.server.revoke_family(self.request.family_id, self.client)
        raise InvalidGrant("the refresh token was used before", rule="a refresh token counts once")

    @abstractmethod
    async def authenticate_refresh_token(self, refresh_token: str) -> TokenMixin | None:
        """The row this is the refresh token of (an access token is none); None when unknown.

        Spent ones too: only so is a second use seen.
        """

    @abstractmethod
    async def authenticate_user(self, refresh_token: Any) -> Any:
        """Who approved; None when that account is no more."""

    @abstractmethod
    async def revoke_old_credential(self, refresh_token: Any) -> bool:
        """Spend the refresh token, atomically: True for the one call that did."""
