"""What an application writes itself: its grants, endpoints and validator."""

import asyncio
from typing import Any

from compat.oauth2.tables import CLOCK, Code, Tables, Token, User
from consentry.compat.oauth2 import (
    AuthorizationCodeGrant,
    BearerTokenValidator,
    IntrospectionEndpoint,
    OAuth2Request,
    RefreshTokenGrant,
    RevocationEndpoint,
    token_digest,
)


async def others() -> None:
    """Lets other requests go on, as a database would."""
    await asyncio.sleep(0)


class Validator(BearerTokenValidator):
    """Finds tokens of the shop."""

    tables: Tables

    @classmethod
    def of(cls, tables: Tables) -> "Validator":
        made = cls()
        made.tables = tables
        return made

    async def authenticate_token(self, token_string: str) -> Token | None:
        return self.tables.by_access(token_string)


def code_grant(
    tables: Tables, *methods: str, base: type[AuthorizationCodeGrant] = AuthorizationCodeGrant
) -> type[AuthorizationCodeGrant]:
    class CodeGrant(base):  # type: ignore[valid-type,misc]
        TOKEN_ENDPOINT_AUTH_METHODS = methods or (
            "client_secret_basic",
            "client_secret_post",
            "none",
        )

        async def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
            assert request.asked is not None
            tables.codes[code] = Code(
                code=code,
                client_id=request.proven_client().get_client_id(),
                user_id=request.user.name,
                redirect_uri=request.payload.redirect_uri,
                scope=request.scope,
                nonce=request.asked.nonce,
                issued_at=int(CLOCK()),
                auth_time=int(CLOCK()) - 5,
                code_challenge=request.asked.code_challenge,
                code_challenge_method=request.asked.code_challenge_method,
            )

        # Plain methods serve as well as asynchronous ones.
        def query_authorization_code(self, code: str, client: Any) -> Code | None:
            return tables.codes.get(code)

        def delete_authorization_code(self, authorization_code: Any) -> bool:
            return tables.codes.pop(authorization_code.code, None) is not None

        async def authenticate_user(self, authorization_code: Any) -> User | None:
            await others()
            return tables.users.get(authorization_code.user_id)

    return CodeGrant


def refresh_grant(tables: Tables, rotates: bool = True) -> type[RefreshTokenGrant]:
    class RefreshGrant(RefreshTokenGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")
        INCLUDE_NEW_REFRESH_TOKEN = rotates

        async def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
            return tables.by_refresh(refresh_token)

        async def authenticate_user(self, refresh_token: Any) -> User | None:
            await others()
            return tables.users.get(refresh_token.user_id)

        async def revoke_old_credential(self, refresh_token: Any) -> bool:
            if refresh_token.refresh_token_revoked_at:
                return False
            refresh_token.refresh_token_revoked_at = int(CLOCK())
            return True

    return RefreshGrant


def revocation(tables: Tables) -> type[RevocationEndpoint]:
    class Revocation(RevocationEndpoint):
        async def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:
            return tables.by_access(token_string) or tables.by_refresh(token_string)

        async def revoke_token(self, token: Any, request: OAuth2Request) -> None:
            token.access_token_revoked_at = int(CLOCK())
            if token.refresh_token_digest == token_digest(request.form["token"]):
                token.refresh_token_revoked_at = int(CLOCK())

    return Revocation


def introspection(tables: Tables) -> type[IntrospectionEndpoint]:
    class Introspection(IntrospectionEndpoint):
        async def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:
            return tables.by_access(token_string)

        async def introspect_token(self, token: Any) -> dict[str, Any]:
            return {
                "client_id": token.get_client_id(),
                "sub": token.get_user(),
                "scope": token.get_scope(),
                "exp": token.get_expires_at(),
            }

    return Introspection
