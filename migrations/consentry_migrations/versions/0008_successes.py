"""Requests that were served, beside those that were refused.

A table of its own: what serves by the schema before does not miss it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "success",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("success_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(255), nullable=False),
        sa.Column("endpoint", sa.String(50), nullable=False),
        sa.Column("outcome", sa.String(60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "success_id"),
    )
    op.create_index("success_client", "success", ["tenant_id", "client_id", "created_at"])
    op.create_index("success_expiry", "success", ["created_at"])


def downgrade() -> None:
    """Back to the schema before."""
    op.drop_table("success")
