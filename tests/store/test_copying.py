"""Every row read at one moment and put back: what a backup rests on."""

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from consentry.store.memory import memory_store
from consentry.store.ports import Duplicate, Unavailable
from consentry.store.sql import copying, tables
from consentry.store.sql.store import SqlStore
from store.rows import HOUR, NOW, Place, user
from store.test_tenants import fill

Rows = dict[str, list[Any]]
# Types whose values are the same in JSON, or that the store reads back from a text.
CARRIED = {AutoString, UTCDateTime, sa.Uuid, sa.LargeBinary, sa.JSON}
CARRIED |= {sa.Boolean, sa.Integer, sa.BigInteger}


async def rows(store: SqlStore, tenant_id: UUID | None = None) -> Rows:
    """Everything, by table."""
    async with store.copying.snapshot(tenant_id) as snapshot:
        return {
            table: [row async for page in snapshot.pages(table) for row in page]
            for table in store.copying.columns
        }


async def put_back(store: SqlStore, found: Rows) -> None:
    """All of it in place of all there is."""
    async with store.begin() as inner:
        await inner.copying.claim()
        await inner.copying.clear()
        for table, values in found.items():
            if values:
                await inner.copying.insert(table, values)


async def test_every_row_comes_back_as_it_was(
    here: Place, elsewhere: Place, store: SqlStore
) -> None:
    """Here, and in a database of another kind."""
    for one in (here, elsewhere):
        await fill(one)
    found = await rows(store)
    assert {len(found[table]) for table in ("nonce", "end_user", "webhook", "tenant")} == {2}
    other = await memory_store()
    try:
        for target in (other, store):
            await put_back(target, found)
            assert await rows(target) == found
    finally:
        await other.close()


def test_no_table_is_left_out(store: SqlStore) -> None:
    """Tables nobody thought of here are in it too, for they are those of the rows."""
    found = store.copying.columns
    assert {name: set(columns) for name, columns in found.items()} == {
        name: set(table.c.keys()) for name, table in tables.metadata.tables.items()
    }
    assert next(iter(found)) == "tenant"


def test_every_column_is_of_a_type_that_is_carried() -> None:
    for name, table in tables.metadata.tables.items():
        for column in table.c:
            assert type(column.type) in CARRIED, f"{name}.{column.name}"
            # JSON's own null and none at all would come back as one of them.
            assert not (isinstance(column.type, sa.JSON) and column.nullable), name


async def test_one_tenant_is_read_without_another(
    here: Place, elsewhere: Place, store: SqlStore
) -> None:
    for one in (here, elsewhere):
        await fill(one)
    found = await rows(store, here.tenant.tenant_id)
    owners = {
        row[columns.index("tenant_id")]
        for table, columns in store.copying.columns.items()
        for row in found[table]
    }
    assert owners == {str(here.tenant.tenant_id)}
    assert str(elsewhere.user.user_id) not in str(found)


async def test_a_snapshot_shows_one_moment(
    here: Place, store: SqlStore, neighbour: SqlStore, database: str
) -> None:
    if "memdb" in database:
        return
    async with store.copying.snapshot() as snapshot:
        [tenants] = [page async for page in snapshot.pages("tenant")]
        await neighbour.inside(here.tenant.tenant_id).users.save(user("late"))
        people = [row async for page in snapshot.pages("end_user") for row in page]
    assert len(tenants) == len(people) == 1
    assert len((await rows(store))["end_user"]) == 2


async def test_pages_miss_no_row_and_repeat_none(
    here: Place, elsewhere: Place, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a page ends between rows whose keys begin alike."""
    monkeypatch.setattr(copying, "PAGE", 2)
    for one in (here, elsewhere):
        for purpose in ("jti", "oauth1"):
            for value in ("a", "B", "c"):
                await one.inside.nonces.spend(purpose, value, NOW + HOUR)
    async with store.copying.snapshot() as snapshot:
        pages = [page async for page in snapshot.pages("nonce")]
    found = [tuple(row) for page in pages for row in page]
    assert [len(page) for page in pages] == [2] * 6
    assert len(set(found)) == 12


async def test_one_tenant_is_cleared_alone(here: Place, elsewhere: Place, store: SqlStore) -> None:
    for one in (here, elsewhere):
        await fill(one)
    before = await rows(store, elsewhere.tenant.tenant_id)
    async with store.begin() as inner:
        await inner.copying.clear(here.tenant.tenant_id)
    assert not any((await rows(store, here.tenant.tenant_id)).values())
    assert await rows(store, elsewhere.tenant.tenant_id) == before


async def test_a_row_that_is_there_is_not_added_again(here: Place, store: SqlStore) -> None:
    found = await rows(store)
    with pytest.raises(Duplicate):
        await store.copying.insert("end_user", found["end_user"])


async def test_who_claims_all_is_alone(
    here: Place, store: SqlStore, neighbour: SqlStore, database: str
) -> None:
    if database.startswith("sqlite"):
        return
    async with neighbour.begin() as other:
        await other.inside(here.tenant.tenant_id).users.save(user("first"))
        impatient = SqlStore(store.url, patience_s=0.2)
        try:
            with pytest.raises(Unavailable):
                async with impatient.begin() as inner:
                    await inner.copying.claim()
        finally:
            await impatient.close()
