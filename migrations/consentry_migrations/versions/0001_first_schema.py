"""First schema.

Revision 0001. Types are spelled out: a revision means the same whatever the rows become.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    "tenant",
    "domain",
    "api",
    "scope",
    "client",
    "client_secret",
    "end_user",
    "login",
    "consent",
    "authorization",
    "revoked_token",
    "tenant_key",
    "signing_key",
    "nonce",
    "throttle",
    "refusal",
)


def upgrade() -> None:
    """Bring the schema here."""
    _tenants()
    _clients()
    _people()
    _consents()
    _authorizations()
    _keys()
    _transient()
    _refusals()


def downgrade() -> None:
    """Take it back."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _tenants() -> None:
    op.create_table(
        "tenant",
        _uuid("tenant_id"),
        _text("slug", 63),
        _text("name", 200),
        _json("settings"),
        _time("created_at"),
        _time("changed_at"),
        _time("disabled_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_index("ix_tenant_changed_at", "tenant", ["changed_at"])
    op.create_table(
        "domain",
        _uuid("tenant_id"),
        _text("host", 253),
        _time("created_at"),
        sa.PrimaryKeyConstraint("tenant_id", "host"),
        sa.UniqueConstraint("host"),
    )
    op.create_table(
        "api",
        _uuid("tenant_id"),
        _text("identifier", 500),
        _text("name", 200),
        _text("scopes", 4_000),
        _text("access_token_format", 10, nullable=True),
        sa.Column("access_token_lifetime", sa.Integer(), nullable=True),
        _text("resource_servers", 4_000),
        sa.PrimaryKeyConstraint("tenant_id", "identifier"),
    )
    op.create_table(
        "scope",
        _uuid("tenant_id"),
        _text("name", 200),
        _text("description", 500),
        sa.PrimaryKeyConstraint("tenant_id", "name"),
    )


def _clients() -> None:
    op.create_table(
        "client",
        _uuid("tenant_id"),
        _text("client_id", 255),
        _json("metadata"),
        _time("created_at"),
        _time("changed_at"),
        _time("disabled_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "client_id"),
    )
    op.create_table(
        "client_secret",
        _uuid("tenant_id"),
        _text("client_id", 255),
        _uuid("secret_id"),
        _text("label", 100),
        _bytes("digest"),
        _bytes("sealed", nullable=True),
        _time("created_at"),
        _time("expires_at", nullable=True),
        _time("last_used_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "client_id", "secret_id"),
    )


def _people() -> None:
    op.create_table(
        "end_user",
        _uuid("tenant_id"),
        _uuid("user_id"),
        _text("username", 255),
        _text("username_key", 255),
        _text("email", 320, nullable=True),
        _text("email_key", 320, nullable=True),
        _text("password_hash", 500, nullable=True),
        _text("roles", 200),
        _json("claims"),
        _time("created_at"),
        _time("changed_at"),
        _time("disabled_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "user_id"),
    )
    op.create_index("end_user_username", "end_user", ["tenant_id", "username_key"], unique=True)
    op.create_index("end_user_email", "end_user", ["tenant_id", "email_key"], unique=True)
    op.create_table(
        "login",
        _uuid("tenant_id"),
        _text("login_id", 64),
        _uuid("user_id"),
        _time("auth_time"),
        _text("amr", 100),
        _text("address", 45),
        _text("user_agent", 255),
        _time("created_at"),
        _time("expires_at"),
        _time("ended_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "login_id"),
    )
    op.create_index("login_user", "login", ["tenant_id", "user_id"])
    op.create_index("login_expiry", "login", ["expires_at"])


def _consents() -> None:
    op.create_table(
        "consent",
        _uuid("tenant_id"),
        _uuid("user_id"),
        _text("client_id", 255),
        _text("resource", 500),
        _text("scope", 4_000),
        _json("history"),
        _time("created_at"),
        _time("changed_at"),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", "client_id", "resource"),
    )
    op.create_index("consent_client", "consent", ["tenant_id", "client_id"])


def _authorizations() -> None:
    op.create_table(
        "authorization",
        _uuid("tenant_id"),
        _uuid("id"),
        _text("client_id", 255),
        _uuid("user_id"),
        _text("login_id", 64, nullable=True),
        _text("protocol", 10),
        _text("scope", 4_000),
        _text("resource", 4_000),
        _text("claims", 8_192, nullable=True),
        _text("nonce", 2_000, nullable=True),
        _text("code_challenge", 43, nullable=True),
        _text("redirect_uri", 2_000, nullable=True),
        sa.Column("redirect_uri_given", sa.Boolean(), nullable=False),
        _time("auth_time"),
        _text("amr", 100),
        _time("created_at"),
        _time("code_expires_at", nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        _time("rotated_at", nullable=True),
        _time("last_used_at", nullable=True),
        _time("expires_at"),
        _time("revoked_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_index("authorization_user", "authorization", ["tenant_id", "user_id", "client_id"])
    op.create_index("authorization_client", "authorization", ["tenant_id", "client_id"])
    op.create_index("authorization_login", "authorization", ["tenant_id", "login_id"])
    op.create_index("authorization_expiry", "authorization", ["expires_at"])
    op.create_table(
        "revoked_token",
        _uuid("tenant_id"),
        _text("jti", 64),
        _time("expires_at"),
        sa.PrimaryKeyConstraint("tenant_id", "jti"),
    )
    op.create_index("revoked_token_expiry", "revoked_token", ["expires_at"])


def _keys() -> None:
    op.create_table(
        "tenant_key",
        _uuid("tenant_id"),
        _text("purpose", 20),
        sa.Column("version", sa.Integer(), nullable=False),
        _bytes("wrapped"),
        _time("created_at"),
        sa.PrimaryKeyConstraint("tenant_id", "purpose", "version"),
    )
    op.create_table(
        "signing_key",
        _uuid("tenant_id"),
        _text("kid", 64),
        _text("alg", 10),
        sa.Column("slot", sa.Integer(), nullable=False),
        _json("public_jwk"),
        _bytes("sealed"),
        _time("created_at"),
        _time("active_at"),
        _time("retiring_at", nullable=True),
        _time("retired_at", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "kid"),
    )
    op.create_index("signing_key_slot", "signing_key", ["tenant_id", "alg", "slot"], unique=True)


def _transient() -> None:
    op.create_table(
        "nonce",
        _uuid("tenant_id"),
        _text("purpose", 30),
        _text("value", 64),
        _time("expires_at"),
        sa.PrimaryKeyConstraint("tenant_id", "purpose", "value"),
    )
    op.create_index("nonce_expiry", "nonce", ["expires_at"])
    op.create_table(
        "throttle",
        _uuid("tenant_id"),
        _text("subject", 64),
        sa.Column("free_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "subject"),
    )
    op.create_index("throttle_expiry", "throttle", ["free_ms"])


def _refusals() -> None:
    op.create_table(
        "refusal",
        _uuid("tenant_id"),
        _uuid("refusal_id"),
        _text("client_id", 255, nullable=True),
        _text("endpoint", 50),
        _text("error", 60),
        _text("rule", 300),
        _text("received", 500),
        _text("registered", 1_000),
        _time("created_at"),
        sa.PrimaryKeyConstraint("tenant_id", "refusal_id"),
    )
    op.create_index("refusal_tenant", "refusal", ["tenant_id", "created_at"])
    op.create_index("refusal_client", "refusal", ["tenant_id", "client_id", "created_at"])
    op.create_index("refusal_expiry", "refusal", ["created_at"])


def _uuid(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=False)


def _bytes(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.LargeBinary(), nullable=nullable)
