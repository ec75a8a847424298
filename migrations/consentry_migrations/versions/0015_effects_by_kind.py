"""A tenant's effects of one kind are listed by when they were caused."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_index("outbox_kind", "outbox", ["tenant_id", "kind", "created_at"])


def downgrade() -> None:
    """Back to the schema before."""
    op.drop_index("outbox_kind", "outbox")
