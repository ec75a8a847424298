"""Tokens of other products count here until they end."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "imported_token",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("client_id", sa.String(255), nullable=False),
        sa.Column("authorization_id", sa.Uuid(), nullable=True),
        sa.Column("scope", sa.String(4_000), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "digest"),
    )
    op.create_index("imported_token_client", "imported_token", ["tenant_id", "client_id"])
    op.create_index("imported_token_expiry", "imported_token", ["expires_at"])


def downgrade() -> None:
    """Back to the revision before; tokens of other products count no more."""
    op.drop_table("imported_token")
