"""The introspection endpoint (RFC 7662)."""

from abc import abstractmethod
from typing import Any

from ..answers import NO_STORE
from ..calls import holds, settle
from ..models import TokenMixin
from ..request import OAuth2Request
from .base import EndpointRequest, TokenEndpoint


class IntrospectionEndpoint(TokenEndpoint):
    """What a token is worth now; `active: false` for all the caller may not know (§2.2)."""

    ENDPOINT_NAME = "introspection"

    async def create_response(self, validated: EndpointRequest) -> Any:
        request, client = validated.request, validated.request.proven_client()
        text = request.form.require("token")
        token = await settle(self.query_token(text, self.hint(request)))
        if token is None or not await holds(self.check_permission(token, client, request)):
            return 200, {"active": False}, NO_STORE
        return 200, await self.create_introspection_payload(token), NO_STORE

    async def create_introspection_payload(self, token: Any) -> dict[str, Any]:
        """The members of the answer."""
        if token.is_expired() or token.is_revoked():
            return {"active": False}
        return {"active": True, **await settle(self.introspect_token(token))}

    async def check_permission(self, token: Any, client: Any, request: OAuth2Request) -> bool:
        """Whether a client may know of a token: of its own, unless you say more."""
        return await holds(token.check_client(client))

    @abstractmethod
    async def query_token(
        self, token_string: str, token_type_hint: str | None
    ) -> TokenMixin | None:
        """The token of an access or refresh token; None when unknown."""

    @abstractmethod
    async def introspect_token(self, token: Any) -> dict[str, Any]:
        """The members of RFC 7662 §2.2: client_id, sub, scope, exp, iat, …"""
