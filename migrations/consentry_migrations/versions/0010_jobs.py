"""The outbox, the jobs, counts of use, and webhooks.

Tables of their own: what serves by the schema before does not miss them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
LATENCY = ("ms_5", "ms_10", "ms_25", "ms_50", "ms_100", "ms_250", "ms_1000", "ms_more")


def upgrade() -> None:
    """To this revision."""
    _outbox()
    _job()
    _usage()
    _webhook()


def downgrade() -> None:
    """Back to the schema before."""
    for name in ("webhook", "usage", "job", "outbox"):
        op.drop_table(name)


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("effect_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("outcome", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "effect_id"),
    )
    for name, column, state in (
        ("outbox_due", "due_at", "waiting"),
        ("outbox_dead", "finished_at", "dead"),
    ):
        where = sa.text(f"state = '{state}'")
        op.create_index(name, "outbox", [column], postgresql_where=where, sqlite_where=where)
    op.create_index("outbox_subject", "outbox", ["tenant_id", "kind", "subject", "created_at"])
    op.create_index("outbox_expiry", "outbox", ["finished_at"])


def _job() -> None:
    op.create_table(
        "job",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("paused_at", MOMENT, nullable=True),
        sa.Column("runner", sa.String(100), nullable=False),
        sa.Column("is_running", sa.Boolean(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("succeeded_at", MOMENT, nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.String(300), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "name"),
    )


def _usage() -> None:
    op.create_table(
        "usage",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(6), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("client_id", sa.String(255), nullable=False),
        sa.Column("what", sa.String(60), nullable=False),
        sa.Column("outcome", sa.String(60), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in LATENCY),
        sa.PrimaryKeyConstraint("tenant_id", "period", "at", "client_id", "what", "outcome"),
    )
    op.create_index("usage_client", "usage", ["tenant_id", "client_id", "period", "at"])
    op.create_index("usage_age", "usage", ["period", "at"])


def _webhook() -> None:
    op.create_table(
        "webhook",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(2_000), nullable=False),
        sa.Column("description", sa.String(200), nullable=False),
        sa.Column("events", sa.String(4_000), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("former_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("former_until", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.Column("disabled_reason", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "webhook_id"),
    )
