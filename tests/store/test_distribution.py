"""The schema can be distributed by tenant: what that asks of its keys, and who writes it down."""

import pathlib
import re
from collections.abc import Iterator

import sqlalchemy as sa

from consentry.store.sql import tables

SCALING = pathlib.Path(__file__).resolve().parents[2] / "docs/scaling.md"
_CALL = re.compile(r"^SELECT (create_\w+_table)\('(\w+)'(?:, '(\w+)')?\);$", re.MULTILINE)


def unique_keys(table: sa.Table) -> Iterator[list[str]]:
    """The columns of everything in a table that is unique."""
    yield [column.name for column in table.primary_key.columns]
    yield from ([column.name for column in i.columns] for i in table.indexes if i.unique)
    for constraint in table.constraints:
        if isinstance(constraint, sa.UniqueConstraint):
            yield [column.name for column in constraint.columns]


def is_distributable(table: sa.Table) -> bool:
    """Citus keeps a key unique within a shard only, so the tenant must be part of each."""
    return all("tenant_id" in key for key in unique_keys(table))


def test_all_but_names_of_the_whole_deployment_are_unique_within_a_tenant() -> None:
    not_by_tenant = {
        name: [key for key in unique_keys(table) if "tenant_id" not in key]
        for name, table in tables.metadata.tables.items()
        if not is_distributable(table)
    }
    assert not_by_tenant == {"tenant": [["slug"]], "domain": [["host"]]}


def test_nothing_ties_rows_of_two_tenants_together() -> None:
    """No foreign key and no sequence: neither works across shards without the tenant in it."""
    for name, table in tables.metadata.tables.items():
        assert not table.foreign_keys, name
        assert not [
            c.name for c in table.columns if c.identity or isinstance(c.default, sa.Sequence)
        ]
        assert isinstance(table.c.tenant_id.type, type(tables.tenant.c.tenant_id.type)), name


def test_the_documented_statements_place_every_table() -> None:
    said = {name: (how, column) for how, name, column in _CALL.findall(SCALING.read_text())}
    assert said == {
        name: ("create_distributed_table", "tenant_id")
        if is_distributable(table)
        else ("create_reference_table", "")
        for name, table in tables.metadata.tables.items()
    }
