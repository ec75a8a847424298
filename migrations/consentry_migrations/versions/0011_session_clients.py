"""Sessions that outlive a new sign-in, and the clients to tell of their end.

Columns that may be empty and a table of its own: what serves by the schema before does not
miss them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this revision."""
    for table in ("login", "authorization"):
        op.add_column(table, sa.Column("session_id", sa.Uuid(), nullable=True))
    op.create_table(
        "session_client",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(255), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "session_id", "client_id"),
    )
    op.create_index("session_client_user", "session_client", ["tenant_id", "user_id"])
    op.create_index("session_client_expiry", "session_client", ["expires_at"])


def downgrade() -> None:
    """Back to the schema before."""
    op.drop_table("session_client")
    for table in ("authorization", "login"):
        op.drop_column(table, "session_id")
