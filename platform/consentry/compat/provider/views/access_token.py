"""Fourth stage: tokens for what a client presents."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from consentry.compat.provider import models
from consentry.compat.provider.backends import (
    BasicClientBackend,
    PublicClientBackend,
    PublicPasswordBackend,
    RequestParamsClientBackend,
)
from consentry.compat.provider.errors import OAuthError
from consentry.compat.provider.models import Client
from consentry.compat.provider.views.base import read_body
from consentry.compat.provider.views.tokens import TokenHooks, new_family
from consentry.spec.authorization_header import basic_challenge
from consentry.spec.errors import InvalidGrant, InvalidRequest, UnsupportedGrantType
from consentry.spec.errors import OAuthError as SpecError
from consentry.spec.forms import Form, parse_form

Handler = Callable[[Request, Form, Client], Awaitable[Response]]


class AccessToken(TokenHooks):
    """The token endpoint (RFC 6749 §3.2). It knows no client until `authentication` is set."""

    async def not_allowed(self, request: Request) -> Response:
        """POST only (RFC 6749 §3.2); `Allow` says so, and the body as well."""
        error = {"error": "invalid_request", "error_description": "only POST is allowed"}
        return self.error_response(error, status=405, headers={"Allow": "POST"})

    get = not_allowed

    async def post(self, request: Request) -> Response:
        """Tokens, or one error as flat JSON."""
        try:
            return await self.handle(request)
        except SpecError as refusal:
            return self.refused(request, OAuthError.of(refusal))
        except OAuthError as refusal:
            return self.refused(request, refusal)

    async def handle(self, request: Request) -> Response:
        """In this order: transport, `grant_type`, client, then the grant's own rules.

        Only the body counts, never the query (RFC 6749 §3.2).
        """
        if not self.may_answer(request):
            raise InvalidRequest("a secure connection is required", rule="enforce_secure")
        data = parse_form(await read_body(request))
        grant_type = data.require("grant_type")
        handler = self.get_handler(grant_type)
        if handler is None:
            raise UnsupportedGrantType(f"{grant_type[:100]} is not a supported grant type")
        client = await self.authenticate(request, data)
        return await handler(request, data, client)

    def get_handler(self, grant_type: str) -> Handler | None:
        """Who answers a grant type; None if nobody does."""
        if grant_type in self.settings.grant_types:
            own: dict[str, Handler] = {
                "authorization_code": self.authorization_code,
                "refresh_token": self.refresh_token,
                "password": self.password,
            }
            return own[grant_type]
        extension = self.provider.grants.get(grant_type)
        return None if extension is None else partial(extension, self)

    async def authorization_code(self, request: Request, data: Form, client: Client) -> Response:
        """Tokens for a code. It is spent before they are made (RFC 6749 §4.1.2)."""
        grant = await self.get_authorization_code_grant(request, data, client)
        if not await self.invalidate_grant(grant):
            await self.end_family(grant)
            raise InvalidGrant("it was used before", rule="once only")
        self.family = grant.family
        again = await self._again(request, grant.user, grant.scope, client)
        return again or await self.issue(request, grant.user, grant.scope, client, grant.scope)

    async def refresh_token(self, request: Request, data: Form, client: Client) -> Response:
        """Tokens for a refresh token, which is spent (RFC 6749 §6, RFC 9700 §4.14.2).

        A narrower scope is for the new access token; the new refresh token keeps the old one.
        """
        presented = await self.get_refresh_token_grant(request, data, client)
        spent = presented.refresh_token
        if not await self.invalidate_refresh_token(spent):
            await self.end_family(spent)
            raise InvalidGrant("it was used before", rule="once only")
        if self.settings.end_access_token_on_refresh:
            await self.invalidate_access_token(spent.access_token)
        self.family = spent.family
        return await self.issue(request, spent.user, presented.scope, client, spent.scope)

    async def password(self, request: Request, data: Form, client: Client) -> Response:
        """Tokens for a password (RFC 6749 §4.3); for old clients only (RFC 9700 §2.4)."""
        presented = await self.get_password_grant(request, data, client)
        self.family = new_family()
        again = await self._again(request, presented.user, presented.scope, client)
        if again is not None:
            return again
        refreshes = not client.is_public or self.settings.public_password_refresh
        kept = presented.scope if refreshes else None
        return await self.issue(request, presented.user, presented.scope, client, kept)

    async def issue(
        self, request: Request, user: str, scope: int, client: Client, refresh_scope: int | None
    ) -> Response:
        """New tokens; a refresh token of `refresh_scope` unless that is None."""
        made = await self.create_access_token(request, user, scope, client)
        if refresh_scope is not None and "refresh_token" in self.settings.grant_types:
            refresh = await self.create_refresh_token(request, user, refresh_scope, made, client)
            made = replace(made, refresh_token=refresh.token)
        if self.settings.delete_expired:
            await self.store.sweep(self.provider.clock())
        return self.access_token_response(made)

    async def _again(
        self, request: Request, user: str, scope: int, client: Client
    ) -> Response | None:
        """The answer with the token that is there already, where there is to be only one."""
        if not self.settings.single_access_token:
            return None
        found = await self.get_access_token(request, user, scope, client)
        return None if found is None else self.access_token_response(found)

    def access_token_response(self, access_token: models.AccessToken) -> Response:
        """The answer that carries tokens (RFC 6749 §5.1); `scope` is names parted by spaces."""
        members: dict[str, str | int] = {
            "access_token": access_token.token,
            "token_type": "Bearer",
            "expires_in": access_token.get_expire_delta(self.provider.clock()),
            "scope": self.settings.scopes.text(access_token.scope),
        }
        if access_token.refresh_token:
            members["refresh_token"] = access_token.refresh_token
        return Response(json.dumps(members), media_type="application/json")

    def error_response(
        self,
        error: Mapping[str, str],
        mimetype: str = "application/json",
        status: int = 400,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """An error as flat JSON (RFC 6749 §5.2)."""
        return Response(
            json.dumps(dict(error)), status, media_type=mimetype, headers=dict(headers or {})
        )

    def refused(self, request: Request, refusal: OAuthError) -> Response:
        """The answer to a refusal; who tried the header gets 401 and its challenge."""
        status, headers = refusal.status, refusal.headers
        if refusal.code == "invalid_client":
            tried_header = "authorization" in request.headers
            status = 401 if tried_header else 400
            if tried_header:
                realm = self.settings.issuer or self.settings.session_key
                headers = {**headers, "WWW-Authenticate": basic_challenge(realm)}
        return self.error_response(refusal.body(), status=status, headers=headers)


class AccessTokenView(AccessToken):
    """The token endpoint with the ways to authenticate that are usual, in their usual order."""

    authentication = (
        BasicClientBackend(),
        RequestParamsClientBackend(),
        PublicPasswordBackend(),
        PublicClientBackend(),
    )
