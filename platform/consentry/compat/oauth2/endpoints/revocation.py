"""The revocation endpoint (RFC 7009)."""

from abc import abstractmethod
from typing import Any

from ..answers import NO_STORE
from ..calls import holds, settle
from ..models import TokenMixin
from ..request import OAuth2Request
from .base import EndpointRequest, TokenEndpoint


class RevocationEndpoint(TokenEndpoint):
    """Ends a token; 200 also when it is unknown or another client's (RFC 7009 §2.2)."""

    ENDPOINT_NAME = "revocation"

    async def create_response(self, validated: EndpointRequest) -> Any:
        request, client = validated.request, validated.request.proven_client()
        text = request.form.require("token")
        token = await settle(self.query_token(text, self.hint(request)))
        if token is not None and await holds(token.check_client(client)):
            await settle(self.revoke_token(token, request))
            await self.server.send_signal("after_revoke_token", token=token, client=client)
        return 200, {}, NO_STORE

    @abstractmethod
    async def query_token(
        self, token_string: str, token_type_hint: str | None
    ) -> TokenMixin | None:
        """The token of an access or refresh token; None when unknown."""

    @abstractmethod
    async def revoke_token(self, token: Any, request: OAuth2Request) -> Any:
        """End a token; a refresh token takes its access tokens with it (RFC 7009 §2.1)."""
