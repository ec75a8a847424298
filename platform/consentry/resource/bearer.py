"""Bearer tokens at a protected resource (RFC 6750)."""

from typing import Any, Protocol
from urllib.parse import parse_qsl

from starlette.requests import HTTPConnection

from consentry.spec.authorization_header import bearer_challenge, parse_bearer
from consentry.spec.errors import InsufficientScope, InvalidRequest, InvalidToken, OAuthError

from .access_token import AccessToken
from .asked import Asked
from .current import OAUTH
from .need import Need, Scopes
from .protector import Held, Protector, Scheme

DEFAULT_REALM = "api"


class BearerValidator(Protocol):
    """Tells whether a token is good; write one for tokens of your own."""

    async def validate(self, token: str) -> AccessToken | None:
        """The token; None if it is of no kind this validator knows: the next one is asked.

        Raises InvalidToken if it is of its kind and not good, TemporarilyUnavailable if that
        cannot be told just now.
        """

    async def aclose(self) -> None:
        """Close what was opened."""


class ResourceProtector(Protector):
    """Takes bearer tokens that one of the validators, asked in turn, finds good.

    The token is in the Authorization header, or in the form of a request that is no GET
    (RFC 6750 §2.1-2.2); in the query it is not looked for (RFC 9700 §4.3.2).
    realm: what challenges name.
    """

    def __init__(self, *validators: BearerValidator, realm: str = DEFAULT_REALM) -> None:
        self._bearer = Bearer(list(validators), realm)
        self.schemes = [self._bearer]

    def register_token_validator(self, validator: BearerValidator) -> None:
        """Ask this one too, after those that are there."""
        self._bearer.validators.append(validator)

    async def acquire_token(
        self, request: HTTPConnection[Any], scopes: Scopes = None
    ) -> AccessToken:
        """The request's token. Raises Refused, which any Starlette app answers."""
        token: AccessToken = await self.acquire(request, scopes)
        return token

    async def aclose(self) -> None:
        """Close what the validators opened."""
        for validator in self._bearer.validators:
            await validator.aclose()


class Bearer(Scheme):
    """The scheme `Bearer`."""

    state = OAUTH

    def __init__(self, validators: list[BearerValidator], realm: str) -> None:
        self.validators = validators
        self._realm = realm

    async def is_used_by(self, asked: Asked) -> bool:
        return asked.scheme == "bearer" or bool(await _in_body(asked))

    async def read(self, asked: Asked) -> Held:
        text = await _presented(asked)
        for validator in self.validators:
            token = await validator.validate(text)
            if token is not None:
                return Held(token, token.scope)
        raise InvalidToken("the token is not valid here")

    def check(self, held: Held, need: Need) -> None:
        if held.scope is None or not need.is_met_by(held.scope):
            raise InsufficientScope("the token lacks a scope", scope=str(need.wanted))

    def challenge(self, need: Need, error: OAuthError | None) -> str:
        return bearer_challenge(self._realm, error)


async def _presented(asked: Asked) -> str:
    """The one token sent. Raises InvalidRequest for two, or a malformed one (RFC 6750 §3.1)."""
    tokens = await _in_body(asked)
    if asked.scheme == "bearer":
        tokens.append(parse_bearer(asked.authorization or ""))
    if len(tokens) > 1:
        raise InvalidRequest("the token was sent twice", rule="RFC 6750 2")
    # What holds of the header's token holds of the form's: one grammar, one alphabet.
    return parse_bearer(f"Bearer {tokens[0]}")


async def _in_body(asked: Asked) -> list[str]:
    """The tokens in a form (RFC 6750 §2.2). What else is in it is the app's affair."""
    if asked.method in ("GET", "HEAD"):
        return []
    form = (await asked.small_form()).decode("latin-1")
    return [value for name, value in parse_qsl(form) if name == "access_token"]
