"""The schema's way to head: twice, at once, and never away from what the rows say."""

import asyncio
import hashlib
import os
import pathlib
import sqlite3
import subprocess
import sys
from typing import Any

import asyncpg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from conftest import beside, copied
from consentry.store.ports import Unavailable
from consentry.store.sql import migrate as migrating
from consentry.store.sql import tables
from consentry.store.sql.engine import make_engine, sqlite_path
from consentry.store.sql.migrate import migrate, scripts
from consentry.store.sql.store import SqlStore
from consentry_migrations import HEAD
from store.rows import tenant

MIGRATE = "import asyncio, sys; from consentry.store.sql.migrate import migrate; " + (
    "sys.stdin.readline(); asyncio.run(migrate(sys.argv[1]))"
)


@pytest.fixture(params=["sqlite", "postgresql"])
async def unmigrated(
    request: pytest.FixtureRequest, postgres_url: str, tmp_path: pathlib.Path
) -> Any:
    """URL of a database without a schema."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new.db'}"
        return
    async with copied(postgres_url) as name:
        yield beside(postgres_url, name)


async def revision(url: str) -> str | None:
    """The migration the database is at."""
    store = SqlStore(url)
    try:
        return await store.schema_revision()
    finally:
        await store.close()


async def test_a_new_database_comes_to_head(unmigrated: str) -> None:
    assert await revision(unmigrated) is None
    await migrate(unmigrated)
    assert await revision(unmigrated) == HEAD


async def test_two_processes_at_once_bring_it_to_head(unmigrated: str) -> None:
    """THREATS 62"""
    path = os.pathsep.join(part for part in sys.path if part)
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", MIGRATE, unmigrated),
            stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        for _ in range(3)
    ]
    said = await asyncio.gather(*(process.communicate(b"\n") for process in processes))
    assert [process.returncode for process in processes] == [0, 0, 0], said
    assert await revision(unmigrated) == HEAD


async def test_a_database_at_head_is_left_as_it_is(database: str) -> None:
    if "memdb" in database:
        return
    store = SqlStore(database)
    await store.tenants.save(tenant())
    await store.close()
    before = await state(database)
    await migrate(database)
    assert await state(database) == before


async def state(url: str) -> object:
    """Something that any written page would change."""
    if url.startswith("sqlite"):
        return digest(sqlite_path(url))
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(
            "select oid, relname, relfilenode, xmin::text from pg_class where relkind in ('r', 'i')"
            " and relnamespace = 'public'::regnamespace"
        ) + await connection.fetch("select xmin::text, ctid::text from alembic_version")
    finally:
        await connection.close()


def digest(path: str) -> str:
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


async def test_rows_and_migrations_say_the_same(unmigrated: str) -> None:
    await migrate(unmigrated)
    engine = make_engine(unmigrated, 1)
    try:
        async with engine.connect() as connection:
            assert await connection.run_sync(differences) == []
    finally:
        await engine.dispose()


def differences(connection: Connection) -> list[Any]:
    """What alembic would have to migrate; types and defaults included."""
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    return list(compare_metadata(context, tables.metadata))


def test_every_primary_key_begins_with_the_tenant() -> None:
    """DESIGN: so that tables can be distributed by it, and row security put under them."""
    for name, table in tables.metadata.tables.items():
        assert next(iter(table.primary_key.columns)).name == "tenant_id", name


async def test_a_failed_migration_leaves_nothing_half_done(
    unmigrated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade = migrating._upgrade

    def broken(connection: Connection) -> None:
        upgrade(connection)
        raise LookupError

    monkeypatch.setattr(migrating, "_upgrade", broken)
    with pytest.raises(LookupError):
        await migrate(unmigrated)
    assert await revision(unmigrated) is None
    monkeypatch.undo()
    await migrate(unmigrated)
    assert await revision(unmigrated) == HEAD


async def test_the_schema_can_be_taken_back(unmigrated: str) -> None:
    await migrate(unmigrated)
    engine = make_engine(unmigrated, 1)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(downgrade)
    finally:
        await engine.dispose()
    assert await revision(unmigrated) is None
    await migrate(unmigrated)


def downgrade(connection: Connection) -> None:
    config = migrating.scripts()
    config.attributes["connection"] = connection
    command.downgrade(config, "base")


async def test_a_locked_sqlite_file_is_waited_for(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "MIGRATION_S", 0.2)
    url = f"sqlite:///{tmp_path / 'new.db'}"
    other = sqlite3.connect(tmp_path / "new.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked"):
            await migrate(url)
        monkeypatch.undo()
        waiting = asyncio.create_task(migrate(url))
        done, _ = await asyncio.wait([waiting], timeout=0.3)
        assert not done
        other.execute("ROLLBACK")
        await waiting
    finally:
        other.close()
    assert await revision(url) == HEAD


# Where an SQLite file lies


async def test_a_relative_path_begins_here_and_its_folders_are_made(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await migrate("sqlite:///var/deep/consentry.db")
    assert (tmp_path / "var/deep/consentry.db").is_file()
    assert await revision("sqlite:///var/deep/consentry.db") == HEAD


async def test_an_absolute_path_has_four_slashes(tmp_path: pathlib.Path) -> None:
    url = f"sqlite:///{tmp_path}/a b?c%20d/consentry.db"
    assert url.startswith("sqlite:////")
    await migrate(url)
    assert (tmp_path / "a b?c%20d/consentry.db").is_file()
    store = SqlStore(url)
    try:
        row = tenant()
        await store.tenants.save(row)
        assert await store.tenants.get(row.tenant_id) is not None
        assert await store.inside(row.tenant_id).nonces.spend("jti", "a", row.created_at)
    finally:
        await store.close()


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite:///:memory:"])
def test_a_database_without_a_file_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="name a file"):
        SqlStore(url)


async def test_who_serves_by_the_schema_before_keeps_working(unmigrated: str) -> None:
    """THREATS 62: later revisions add tables, and columns that nobody has to fill in."""
    found: list[dict[str, dict[str, Any]]] = []
    engine = make_engine(unmigrated, 1)
    try:
        for to in ("0001", HEAD):
            async with engine.begin() as connection:
                await connection.run_sync(upgrade, to)
                found.append(await connection.run_sync(columns))
    finally:
        await engine.dispose()
    before, after = found
    for table, named in before.items():
        assert named.keys() <= after[table].keys(), table
        for name in after[table].keys() - named.keys():
            column = after[table][name]
            assert column["nullable"] or column["default"] is not None, f"{table}.{name}"


def upgrade(connection: Connection, revision: str) -> None:
    config = migrating.scripts()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def columns(connection: Connection) -> dict[str, dict[str, Any]]:
    """Every column of every table, by name."""
    seen = inspect(connection)
    return {
        table: {column["name"]: dict(column) for column in seen.get_columns(table)}
        for table in seen.get_table_names()
    }


def test_the_revision_that_is_served_is_the_newest() -> None:
    assert ScriptDirectory.from_config(scripts()).get_current_head() == HEAD


def test_serving_loads_no_migrations() -> None:
    """They cost a sixth of the start."""
    asked = "import sys, consentry.main; sys.exit('alembic' in sys.modules)"
    subprocess.run([sys.executable, "-c", asked], check=True)
