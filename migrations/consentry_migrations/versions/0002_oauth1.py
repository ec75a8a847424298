"""OAuth 1: wrong verifiers are counted, and who still signs is known."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision; rows that are there have had no wrong try."""
    op.add_column(
        "authorization", sa.Column("wrong_tries", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_table(
        "client_use",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(255), nullable=False),
        sa.Column("protocol", sa.String(10), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "client_id", "protocol"),
    )


def downgrade() -> None:
    """Back to the first schema."""
    op.drop_table("client_use")
    op.drop_column("authorization", "wrong_tries")
