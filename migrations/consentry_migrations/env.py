"""Alembic's entry point: runs on the connection that the caller opened and locked."""

from typing import Any, Literal, cast

import sqlalchemy as sa
from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from consentry.records import (
    audit,
    authorization,
    client,
    consent,
    imported_token,
    key,
    member,
    tenant,
    transient,
    user,
)

SCHEMA = (
    audit,
    authorization,
    client,
    consent,
    imported_token,
    key,
    member,
    tenant,
    transient,
    user,
)


def _plain(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Types of the rows as plain SQLAlchemy ones: a revision outlives the library's names."""
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String({cast(sa.String, item.impl_instance).length or ''})"
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    render_item=_plain,
    transaction_per_migration=False,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
