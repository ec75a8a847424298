"""The authorization code grant (RFC 6749 §4.1, RFC 7636)."""

from abc import abstractmethod
from hashlib import sha256
from typing import Any, ClassVar

from starlette.responses import Response

from consentry.spec.errors import AccessDenied, InvalidGrant

from ..calls import holds, settle, was_taken
from ..code_challenge import CodeChallenge
from ..models import AuthorizationCodeMixin, ClientMixin
from ..request import OAuth2Request
from ..settings import random_token
from .base import AuthorizationEndpointMixin, BaseGrant, Extension, TokenAnswer, TokenEndpointMixin


class AuthorizationCodeGrant(BaseGrant, AuthorizationEndpointMixin, TokenEndpointMixin):
    """A code for a person's approval, a token for the code.

    A proof key is asked of every client; register `CodeChallenge(required=False)` to free
    confidential ones.
    """

    GRANT_TYPE = "authorization_code"
    RESPONSE_TYPES = frozenset({"code"})
    AUTHORIZATION_CODE_LENGTH: ClassVar[int] = 48

    @classmethod
    def extended(cls, extensions: tuple[Extension, ...]) -> tuple[Extension, ...]:
        if any(isinstance(one, CodeChallenge) for one in extensions):
            return extensions
        return (CodeChallenge(), *extensions)

    async def create_authorization_response(self, redirect_uri: str, grant_user: Any) -> Response:
        """A redirect with a code (RFC 6749 §4.1.2). Raises AccessDenied."""
        if grant_user is None:
            raise AccessDenied("the resource owner denied the request")
        self.request.user = grant_user
        code = self.generate_authorization_code()
        await settle(self.save_authorization_code(code, self.request))
        return self.server.answer_client(self.request, {"code": code})

    async def validate_token_request(self) -> None:
        """Check a code without spending it: a request that does not fit spends nothing.

        Sets the request's `client`, `authorization_code` and `family_id`. Raises InvalidGrant
        (RFC 6749 §4.1.3).
        """
        client = await self.authenticate_token_endpoint_client()
        code = self.request.form.require("code")
        self.request.family_id = sha256(code.encode()).hexdigest()
        found = await settle(self.query_authorization_code(code, client))
        if found is None:
            await self._refuse_spent()
        elif not await holds(found.check_client(client)):
            raise InvalidGrant("the code is not this client's", rule="code is bound to its client")
        elif found.is_expired():
            raise InvalidGrant("the code has expired", rule="lifetime of a code")
        else:
            await self._check_redirect_uri(client, found)
            self.request.authorization_code = found

    async def create_token_response(self) -> TokenAnswer:
        """Spend the code, then issue: of two requests at once only one comes through."""
        code = self.request.authorization_code
        user = None if code is None else await settle(self.authenticate_user(code))
        if code is None or user is None:
            raise InvalidGrant("nobody stands behind this code any more", rule="user")
        if not await was_taken(self.delete_authorization_code(code), "delete_authorization_code"):
            await self._refuse_spent()
        self.request.user, self.request.scope = user, code.get_scope()
        token = await self.generate_token(user=user, scope=self.request.scope)
        return await self.answer_token(token)

    async def _check_redirect_uri(self, client: ClientMixin, code: AuthorizationCodeMixin) -> None:
        """Named then, named the same now; not named then, nothing but the default now."""
        given, named = self.request.payload.redirect_uri, code.get_redirect_uri()
        if not named and given is not None:
            named = await settle(client.get_default_redirect_uri())
        if (given or None) != (named or None):
            raise InvalidGrant(
                "redirect_uri differs from the authorization request",
                rule="redirect_uri",
                received=given or "",
                registered=named or "",
            )

    async def _refuse_spent(self) -> None:
        """An unknown code may be a spent one: what it bought ends (RFC 6749 §4.1.2)."""
        await self.server.revoke_family(self.request.family_id, self.client)
        raise InvalidGrant("the code is not valid here", rule="a code counts once")

    def generate_authorization_code(self) -> str:
        """A new code: AUTHORIZATION_CODE_LENGTH random characters."""
        return random_token(self.AUTHORIZATION_CODE_LENGTH)

    @abstractmethod
    async def save_authorization_code(self, code: str, request: OAuth2Request) -> Any:
        """Store a code with what it stands for.

        Of the request: `client`, `user`, `scope` (not `payload.scope`, which is what was
        asked), `payload.redirect_uri`, and of `asked` the code_challenge and the nonce.
        """

    @abstractmethod
    async def query_authorization_code(
        self, code: str, client: ClientMixin
    ) -> AuthorizationCodeMixin | None:
        """The stored code, None when unknown or spent."""

    @abstractmethod
    async def delete_authorization_code(self, authorization_code: Any) -> bool:
        """Take the code out of storage, atomically: True for the one call that did."""

    @abstractmethod
    async def authenticate_user(self, authorization_code: Any) -> Any:
        """Who approved; None when that account is no more."""
