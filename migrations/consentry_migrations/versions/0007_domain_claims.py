"""Hosts that tenants claim, until they are proven."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "domain_claim",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("host", sa.String(253), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "host"),
    )
    op.create_index("domain_claim_expiry", "domain_claim", ["expires_at"])


def downgrade() -> None:
    """Back to the schema before."""
    op.drop_table("domain_claim")
