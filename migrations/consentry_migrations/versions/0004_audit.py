"""Who did what, in one chain a tenant; who manages which app.

Tables of their own: what serves by the schema before does not miss them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INDEXES = {
    "audit_time": ["tenant_id", "at"],
    "audit_actor": ["tenant_id", "actor_id", "seq"],
    "audit_target": ["tenant_id", "target_kind", "target_id", "seq"],
    "audit_action": ["tenant_id", "action", "seq"],
}


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "audit",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_texts(actor_kind=10, actor_id=255, actor_name=255, action=60, target_kind=30),
        *_texts(target_id=500),
        sa.Column("detail", sa.JSON(), nullable=False),
        *_texts(address=45, request_id=64, previous=64, digest=64),
        sa.PrimaryKeyConstraint("tenant_id", "seq"),
    )
    for name, columns in INDEXES.items():
        op.create_index(name, "audit", columns)
    _heads()
    _members()


def _texts(**lengths: int) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(most), nullable=False) for name, most in lengths.items()]


def _heads() -> None:
    op.create_table(
        "audit_head",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        *_texts(digest=64),
        sa.Column("swept_seq", sa.BigInteger(), nullable=False),
        *_texts(swept_digest=64),
        sa.Column("oldest_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id"),
    )
    op.create_index("ix_audit_head_oldest_at", "audit_head", ["oldest_at"])


def _members() -> None:
    op.create_table(
        "client_member",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(255), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        *_texts(role=10),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "client_id", "user_id"),
    )
    op.create_index("client_member_user", "client_member", ["tenant_id", "user_id", "client_id"])


def downgrade() -> None:
    """Back to the schema before."""
    op.drop_table("client_member")
    op.drop_table("audit_head")
    op.drop_table("audit")
