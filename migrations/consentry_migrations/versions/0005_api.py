"""The JSON API: answers kept for requests that come again, and names found by how they begin.

What serves by the schema before writes no `name_key`; a row it writes is found by its id until
it is saved again.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

AT_ONCE = 500
MAX_KEY = 200
# (index, table, columns before, column that is compared by bytes)
PREFIXES: tuple[tuple[str, str, list[str], str], ...] = (
    ("client_id_prefix", "client", ["tenant_id"], "client_id"),
    ("client_name_prefix", "client", ["tenant_id"], "name_key"),
    ("end_user_username_prefix", "end_user", ["tenant_id"], "username_key"),
    ("end_user_email_prefix", "end_user", ["tenant_id"], "email_key"),
    ("tenant_slug_prefix", "tenant", [], "slug"),
    ("tenant_name_prefix", "tenant", [], "name_key"),
)


def upgrade() -> None:
    """To this revision."""
    op.create_table(
        "kept_answer",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "key"),
    )
    op.create_index("kept_answer_expiry", "kept_answer", ["expires_at"])
    for table in ("client", "tenant"):
        empty = sa.text("''")
        key = sa.Column("name_key", sa.String(MAX_KEY), nullable=False, server_default=empty)
        op.add_column(table, key)
    _fill_tenants()
    _fill_clients()
    for name, table, before, column in PREFIXES:
        op.create_index(
            name, table, [*before, column], postgresql_ops={column: "varchar_pattern_ops"}
        )


def _fill_tenants() -> None:
    columns: list[sa.ColumnClause[Any]] = [sa.column("tenant_id", sa.Uuid())]
    _fill(sa.table("tenant", *columns, sa.column("name"), sa.column("name_key")), columns)


def _fill_clients() -> None:
    columns: list[sa.ColumnClause[Any]] = [
        sa.column("tenant_id", sa.Uuid()),
        sa.column("client_id"),
    ]
    json: sa.ColumnClause[Any] = sa.column("metadata", sa.JSON())
    _fill(sa.table("client", *columns, json, sa.column("name_key")), columns)


def _fill(table: sa.TableClause, key: list[sa.ColumnClause[Any]]) -> None:
    """The search key of every row that has a name, read and written page by page."""
    read = sa.select(*key, list(table.c)[len(key)]).order_by(*key).limit(AT_ONCE)
    write = sa.update(table).values(name_key=sa.bindparam("new"))
    for place in key:
        write = write.where(place == sa.bindparam(f"at_{place.name}", type_=place.type))
    bind, page = op.get_bind(), op.get_bind().execute(read).all()
    while page:
        values = [
            {f"at_{place.name}": at for place, at in zip(key, row[:-1], strict=True)}
            | {"new": name.casefold()[:MAX_KEY]}
            for row in page
            if (name := _name(row[-1]))
        ]
        if values:
            bind.execute(write, values)
        last = (sa.literal(at, one.type) for one, at in zip(key, page[-1][:-1], strict=True))
        page = bind.execute(read.where(sa.tuple_(*key) > sa.tuple_(*last))).all()


def _name(value: object) -> str:
    name = value.get("client_name") if isinstance(value, dict) else value
    return name if isinstance(name, str) else ""


def downgrade() -> None:
    """Back to the schema before."""
    for name, table, _, _ in reversed(PREFIXES):
        op.drop_index(name, table)
    op.drop_column("tenant", "name_key")
    op.drop_column("client", "name_key")
    op.drop_table("kept_answer")
