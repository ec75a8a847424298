"""Bearer tokens: what the token endpoint answers with (RFC 6749 §5.1, RFC 6750 §4)."""

from typing import Any

from consentry.spec.errors import InvalidScope

from .calls import settle
from .models import ClientMixin
from .settings import DEFAULT_EXPIRES_IN, ExpiresIn, TokenFunction, check_lifetime


class BearerTokenGenerator:
    """Makes the members of a token answer.

    access_token_generator, refresh_token_generator: called with client, grant_type, user and
    scope; without the second there are no refresh tokens. expires_generator: seconds, or a
    function of client and grant type; None takes the hour.
    """

    def __init__(
        self,
        access_token_generator: TokenFunction,
        refresh_token_generator: TokenFunction | None = None,
        expires_generator: ExpiresIn | int | None = None,
    ) -> None:
        self.access_token_generator = access_token_generator
        self.refresh_token_generator = refresh_token_generator
        self.expires_generator = expires_generator

    async def generate(
        self,
        grant_type: str,
        client: ClientMixin,
        user: Any = None,
        scope: str | None = None,
        expires_in: int | None = None,
        include_refresh_token: bool = True,
    ) -> dict[str, Any]:
        """token_type, access_token, expires_in, and refresh_token and scope where there are any.

        The scope never exceeds what the client may have now. Raises InvalidScope when the
        client is refused one, ValueError for a lifetime of zero.
        """
        allowed = await self.get_allowed_scope(client, scope)
        about = {"client": client, "grant_type": grant_type, "user": user, "scope": allowed}
        token = {
            "token_type": "Bearer",
            "access_token": await settle(self.access_token_generator(**about)),
            "expires_in": check_lifetime(await self._lifetime(client, grant_type, expires_in)),
        }
        if include_refresh_token and self.refresh_token_generator is not None:
            token["refresh_token"] = await settle(self.refresh_token_generator(**about))
        if allowed:
            token["scope"] = allowed
        return token

    __call__ = generate

    @staticmethod
    async def get_allowed_scope(client: ClientMixin, scope: str | None) -> str:
        """The client's part of a scope. Raises InvalidScope when it answers None."""
        allowed = await settle(client.get_allowed_scope(scope or ""))
        if allowed is None:
            raise InvalidScope("scope is not registered for this client", rule="scope")
        return allowed

    async def _lifetime(self, client: ClientMixin, grant_type: str, given: int | None) -> int:
        if given is not None:
            return given
        if callable(self.expires_generator):
            return await settle(self.expires_generator(client, grant_type))
        return DEFAULT_EXPIRES_IN if self.expires_generator is None else self.expires_generator
