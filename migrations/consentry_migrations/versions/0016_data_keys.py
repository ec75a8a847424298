"""Data keys follow one another: published, sealing, and looked at until nothing needs the old."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    for name in ("active_at", "review_at"):
        op.add_column("tenant_key", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    # What there is seals already. A row for each tenant: some 10,000, quickly done.
    op.execute("UPDATE tenant_key SET active_at = created_at WHERE purpose = 'data'")
    for name, column, condition in (
        ("tenant_key_waiting", "created_at", "purpose = 'data' AND active_at IS NULL"),
        ("tenant_key_review", "review_at", "review_at IS NOT NULL"),
    ):
        where = sa.text(condition)
        op.create_index(name, "tenant_key", [column], postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    """Back to the schema before."""
    for name in ("tenant_key_review", "tenant_key_waiting"):
        op.drop_index(name, "tenant_key")
    with op.batch_alter_table("tenant_key") as table:
        for name in ("review_at", "active_at"):
            table.drop_column(name)
