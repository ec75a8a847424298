"""Protected resources whose tokens are rows of one's own (RFC 6750)."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import HTTPConnection

from consentry import resource
from consentry.resource.asked import Asked
from consentry.resource.bearer import DEFAULT_REALM, Bearer, BearerValidator
from consentry.resource.need import Scopes
from consentry.resource.protector import Held
from consentry.spec.errors import InvalidToken
from consentry.spec.scope import Scope

from .calls import settle
from .hooks import Signal
from .models import TokenMixin


@dataclass(frozen=True, slots=True)
class RowToken(resource.AccessToken):
    """A token with the row it was found in."""

    row: Any = field(kw_only=True)


class BearerTokenValidator(ABC):
    """Finds tokens in storage of one's own."""

    async def validate(self, token: str) -> resource.AccessToken | None:
        """The token; None when no row is found. Raises InvalidToken."""
        row = await settle(self.authenticate_token(token))
        if row is None:
            return None
        await settle(self.validate_token(row))
        return RowToken(
            text=token,
            claims={},
            scope=Scope.parse(row.get_scope()),
            sub=None,
            client_id=None,
            expires_at=None,
            row=row,
        )

    async def validate_token(self, token: Any) -> None:
        """Whether the row is still good. Raises InvalidToken."""
        if token.is_expired() or token.is_revoked():
            raise InvalidToken("the token has expired or was revoked")

    async def aclose(self) -> None:
        """Nothing is held open."""
        return

    @abstractmethod
    async def authenticate_token(self, token_string: str) -> TokenMixin | None:
        """The row of an access token; None when unknown."""


class ResourceProtector(resource.ResourceProtector):
    """A protector that hands rows to the application: `current_token` is one's own model.

    All else is `consentry.resource.ResourceProtector`: `@require_oauth(["profile", "a b"])`,
    `optional=True`, `acquire_token(request, scopes)`. `token_authenticated` tells of each.
    """

    def __init__(self, *validators: BearerValidator, realm: str = DEFAULT_REALM) -> None:
        super().__init__(*validators, realm=realm)
        self.token_authenticated = Signal("token_authenticated")
        self._bearer = _Rows(list(validators), realm, self)
        self.schemes = [self._bearer]

    async def acquire_token(self, request: HTTPConnection[Any], scopes: Scopes = None) -> Any:
        """The row of the request's token. Raises Refused, which any Starlette app answers."""
        return await self.acquire(request, scopes)


class _Rows(Bearer):
    """The scheme `Bearer`, giving rows where a validator found one."""

    def __init__(
        self, validators: list[BearerValidator], realm: str, protector: ResourceProtector
    ) -> None:
        super().__init__(validators, realm)
        self._protector = protector

    async def read(self, asked: Asked) -> Held:
        held = await super().read(asked)
        token = held.value
        value = token.row if isinstance(token, RowToken) else token
        await self._protector.token_authenticated.send(self._protector, token=value)
        return Held(value, held.scope)
