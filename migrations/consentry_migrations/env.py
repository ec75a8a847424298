"""Alembic's entry point: runs on the connection that the caller opened and locked."""

from alembic import context
from sqlmodel import SQLModel

from consentry.records import authorization, client, consent, key, tenant, transient, user

SCHEMA = (authorization, client, consent, key, tenant, transient, user)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
