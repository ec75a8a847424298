"""The client credentials grant (RFC 6749 §4.4)."""

from .base import BaseGrant, TokenAnswer, TokenEndpointMixin


class ClientCredentialsGrant(BaseGrant, TokenEndpointMixin):
    """A token for the client itself; `none` is no way to authenticate here."""

    GRANT_TYPE = "client_credentials"

    async def validate_token_request(self) -> None:
        """Sets the request's `client` and `scope`. Raises InvalidScope."""
        client = await self.authenticate_token_endpoint_client()
        self.request.scope = await self.server.allowed_scope(client, self.request.payload.scope)

    async def create_token_response(self) -> TokenAnswer:
        """Without a refresh token (RFC 6749 §4.4.3)."""
        token = await self.generate_token(scope=self.request.scope, include_refresh_token=False)
        return await self.answer_token(token)
