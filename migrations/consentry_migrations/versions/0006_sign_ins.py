"""Sign-ins of a tenant by time, for its overview."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    op.create_index("login_time", "login", ["tenant_id", "created_at"])


def downgrade() -> None:
    """Back to the schema before."""
    op.drop_index("login_time", "login")
