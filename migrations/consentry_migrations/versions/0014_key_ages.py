"""Keys are found by their age: those to be followed by a new one, and those that are over."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    for name, column, condition in (
        ("signing_key_newest", "active_at", "retiring_at IS NULL"),
        ("signing_key_over", "retiring_at", "retired_at IS NULL"),
    ):
        where = sa.text(condition)
        op.create_index(name, "signing_key", [column], postgresql_where=where, sqlite_where=where)
    op.create_index("tenant_key_age", "tenant_key", ["purpose", "created_at"])


def downgrade() -> None:
    """Back to the schema before."""
    op.drop_index("tenant_key_age", "tenant_key")
    for name in ("signing_key_over", "signing_key_newest"):
        op.drop_index(name, "signing_key")
