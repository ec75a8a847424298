"""Tenants that leave: the moment after which a tenant is removed."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.add_column("tenant", sa.Column("delete_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_tenant_delete_at", "tenant", ["delete_at"])


def downgrade() -> None:
    """Back to the schema before."""
    op.drop_index("ix_tenant_delete_at", "tenant")
    op.drop_column("tenant", "delete_at")
