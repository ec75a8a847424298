"""Rows as they are stored, and the short-lived values made from them.

Rows are flat SQLModel tables, the single source of the schema. Each table's
primary key begins with `tenant_id`. Leaves reading and writing them to the store.
"""
