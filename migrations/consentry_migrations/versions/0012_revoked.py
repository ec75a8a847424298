"""Revoked authorizations are found by when they were revoked."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    where = sa.text("revoked_at IS NOT NULL")
    op.create_index(
        "authorization_revoked",
        "authorization",
        ["revoked_at"],
        postgresql_where=where,
        sqlite_where=where,
    )


def downgrade() -> None:
    """Back to the schema before."""
    op.drop_index("authorization_revoked", "authorization")
