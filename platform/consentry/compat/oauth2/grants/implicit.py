"""The implicit grant (RFC 6749 §4.2): for old clients, on servers that register it."""

from typing import Any

from starlette.responses import Response

from consentry.spec.errors import AccessDenied

from ..calls import settle
from .base import AuthorizationEndpointMixin, BaseGrant


class ImplicitGrant(BaseGrant, AuthorizationEndpointMixin):
    """A token right in the redirect, in the fragment (RFC 9700 §2.1.2 says: rather not)."""

    GRANT_TYPE = "implicit"
    RESPONSE_TYPES = frozenset({"token"})

    async def create_authorization_response(self, redirect_uri: str, grant_user: Any) -> Response:
        """A redirect with a token, never a refresh token. Raises AccessDenied."""
        if grant_user is None:
            raise AccessDenied("the resource owner denied the request")
        self.request.user = grant_user
        token = await self.generate_token(
            user=grant_user, scope=self.request.scope, include_refresh_token=False
        )
        await settle(self.save_token(token))
        sent = {name: str(value) for name, value in token.items()}
        return self.server.answer_client(self.request, sent)
