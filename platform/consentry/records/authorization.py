"""The row that every code, access token and refresh token refers to."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from consentry.records.indexes import index_of

NO_END: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""When an authorization ends whose token credentials last until they are taken back."""


class AuthorizationRow(SQLModel, table=True):
    """One approval. Tokens are sealed references to it and are stored nowhere.

    `generation` is 0 until the code is redeemed and grows by one at each refresh; of OAuth 1
    it is 1 once the temporary credentials were exchanged. `wrong_tries` counts verifiers that
    were not the approval's. `session_id` is that of the login it was approved in, also where it
    outlives it.
    Lists (scope, resource, amr) are space-delimited.
    """

    __tablename__ = "authorization"
    __table_args__ = (
        sa.Index("authorization_user", "tenant_id", "user_id", "client_id"),
        sa.Index("authorization_client", "tenant_id", "client_id"),
        sa.Index("authorization_login", "tenant_id", "login_id"),
        sa.Index("authorization_expiry", "expires_at"),
        index_of("revoked_at IS NOT NULL", "authorization_revoked", "revoked_at"),
    )
    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    client_id: str = Field(max_length=255)
    user_id: UUID
    login_id: str | None = Field(default=None, max_length=64)
    session_id: UUID | None = None
    protocol: str = Field(default="oauth2", max_length=10)
    scope: str = Field(default="", max_length=4_000)
    resource: str = Field(default="", max_length=4_000)
    claims: str | None = Field(default=None, max_length=8_192)
    nonce: str | None = Field(default=None, max_length=2_000)
    code_challenge: str | None = Field(default=None, max_length=43)
    redirect_uri: str | None = Field(default=None, max_length=2_000)
    redirect_uri_given: bool = True
    auth_time: datetime
    amr: str = Field(default="pwd", max_length=100)
    created_at: datetime
    code_expires_at: datetime | None = None
    generation: int = 0
    wrong_tries: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    rotated_at: datetime | None = None
    last_used_at: datetime | None = None
    expires_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Authorization:
    """An `AuthorizationRow` as the hot path reads it."""

    id: UUID
    client_id: str
    user_id: UUID
    login_id: str | None
    session_id: UUID | None
    scope: str
    resource: str
    claims: str | None
    nonce: str | None
    code_challenge: str | None
    redirect_uri: str | None
    redirect_uri_given: bool
    auth_time: datetime
    amr: str
    created_at: datetime
    code_expires_at: datetime | None
    generation: int
    wrong_tries: int
    rotated_at: datetime | None
    expires_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class SignedUse:
    """Who a signed request stands for, read as its nonce was spent (RFC 5849 §3.2).

    is_live: credentials, client and person count now; without a token only the client.
    """

    is_live: bool
    user_id: UUID | None = None
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Liveness:
    """An authorization with all that decides whether its tokens still count.

    `is_live` already includes revocation, the client, the user and the token's jti.
    """

    authorization: Authorization
    username: str
    is_live: bool


class RevokedToken(SQLModel, table=True):
    """The jti (hex) of one access token that was revoked by itself (RFC 7009)."""

    __tablename__ = "revoked_token"
    __table_args__ = (sa.Index("revoked_token_expiry", "expires_at"),)
    tenant_id: UUID = Field(primary_key=True)
    jti: str = Field(primary_key=True, max_length=64)
    expires_at: datetime
