"""The resource owner password credentials grant (RFC 6749 §4.3): for old clients only."""

from abc import abstractmethod
from typing import Any

from consentry.spec.errors import InvalidGrant

from ..calls import settle
from .base import BaseGrant, TokenAnswer, TokenEndpointMixin


class ResourceOwnerPasswordCredentialsGrant(BaseGrant, TokenEndpointMixin):
    """A token for a person's password (RFC 9700 §2.4 says: do not)."""

    GRANT_TYPE = "password"

    async def validate_token_request(self) -> None:
        """Sets the request's `client`, `user` and `scope`. Raises InvalidGrant."""
        client = await self.authenticate_token_endpoint_client()
        form = self.request.form
        username, password = form.require("username"), form.require("password")
        self.request.scope = await self.server.allowed_scope(client, self.request.payload.scope)
        user = await settle(self.authenticate_user(username, password))
        if user is None:
            raise InvalidGrant("username or password is wrong", rule="password")
        self.request.user = user

    async def create_token_response(self) -> TokenAnswer:
        token = await self.generate_token(user=self.request.user, scope=self.request.scope)
        return await self.answer_token(token)

    @abstractmethod
    async def authenticate_user(self, username: str, password: str) -> Any:
        """Whose password this is; None for nobody. Count the failures."""
