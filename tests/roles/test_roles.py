"""Least rights in the database: one role migrates, another serves."""

import asyncio
import secrets

import asyncpg
import pytest
from sqlalchemy.exc import ProgrammingError

from conftest import beside, copied, migrate
from consentry.operations.health import health
from consentry.store.sql import tables
from consentry.tenancy.operators import open_operators
from consentry_migrations import HEAD
from roles.conftest import Roles, forget, install
from support.patience import NEVER_S
from support.world import World

RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE")
TOO_MUCH = ("TRUNCATE", "REFERENCES", "TRIGGER")
REFUSED = {
    "create a table": "CREATE TABLE mine (id int)",
    "create a temporary table": "CREATE TEMPORARY TABLE mine (id int)",
    "create a schema": "CREATE SCHEMA mine",
    "create a function": "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "create an index": "CREATE INDEX mine ON tenant (name)",
    "create a role": "CREATE ROLE mine",
    "add a column": "ALTER TABLE tenant ADD COLUMN mine int",
    "put a trigger": (
        "CREATE TRIGGER mine BEFORE DELETE ON audit "
        "EXECUTE FUNCTION suppress_redundant_updates_trigger()"
    ),
    "drop a table": "DROP TABLE audit",
    "empty a table": "TRUNCATE audit",
    "say it is migrated": "UPDATE alembic_version SET version_num = '0001'",
    "become the migrator": "SET ROLE consentry_{tag}_migrator",
    "read files": "SELECT pg_read_file('/etc/passwd')",
    "run programs": "COPY tenant TO PROGRAM 'cat'",
    "read passwords": "SELECT * FROM pg_authid",
}


async def test_the_runtime_role_serves_the_whole_token_path(served: World) -> None:
    """THREATS 63"""
    bought = await served.redeem(await served.authorize())
    again = await served.refresh(bought.refresh_token)
    assert await served.is_active(again.access_token)
    assert (await served.userinfo(again.access_token)).status_code == 200
    assert (await served.revoke(again.refresh_token)).status_code == 200
    assert not await served.is_active(again.access_token)


async def test_the_runtime_role_sweeps_and_performs(served: World) -> None:
    """THREATS 63"""
    assert not (await served.run_job("sweep")).error
    await served.work()


async def test_the_runtime_role_hears_of_changes(served: World) -> None:
    """THREATS 63"""
    news = served.deployment.store.changes()
    try:
        async with asyncio.timeout(NEVER_S):
            assert await anext(news) is None
            await served.settings(refresh_grace=11)
            assert await anext(news) == served.tenants["photos"]
    finally:
        await news.aclose()  # type: ignore[attr-defined]


async def test_the_runtime_role_sees_that_all_is_well(served: World) -> None:
    """THREATS 63"""
    checks = await health(await open_operators(served.deployment))
    assert not [check for check in checks if check.status == "fail"]


@pytest.mark.parametrize("what", list(REFUSED))
async def test_the_runtime_role_may_not(roles: Roles, what: str) -> None:
    """THREATS 63"""
    tag = roles.runtime.partition("consentry_")[2].partition("_")[0]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await roles.run(roles.runtime, REFUSED[what].format(tag=tag))


async def test_the_runtime_role_cannot_pass_its_rights_on(roles: Roles) -> None:
    """THREATS 63: PostgreSQL warns only, so what counts is what came of it"""
    await roles.run(roles.runtime, "GRANT SELECT ON tenant TO PUBLIC")
    (row,) = await roles.run(
        roles.superuser, "SELECT relacl::text[] FROM pg_class WHERE relname = 'tenant'"
    )
    assert row[0] and not [entry for entry in row[0] if entry.startswith("=")]


async def test_the_runtime_role_has_four_rights_on_each_table_and_no_more(roles: Roles) -> None:
    """THREATS 63"""
    (found,) = await roles.run(
        roles.runtime,
        "SELECT "
        + ", ".join(
            f"has_table_privilege('{name}', '{right}') AS \"{name} {right}\""
            for name in tables.metadata.tables
            for right in (*RIGHTS, *TOO_MUCH)
        ),
    )
    has = {key for key, given in found.items() if given}
    assert has == {f"{name} {right}" for name in tables.metadata.tables for right in RIGHTS}


async def test_the_runtime_role_reads_the_revision_only(roles: Roles) -> None:
    """THREATS 63"""
    (row,) = await roles.run(roles.runtime, "SELECT version_num FROM alembic_version")
    assert row[0] == HEAD


async def test_the_runtime_role_cannot_migrate(roles: Roles) -> None:
    """THREATS 63"""
    await roles.run(roles.migrator, f"UPDATE alembic_version SET version_num = '{before_head()}'")
    try:
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
            await migrate(roles.runtime)
    finally:
        await roles.run(roles.migrator, f"UPDATE alembic_version SET version_num = '{HEAD}'")


async def test_a_table_of_a_later_migration_is_served_too(roles: Roles) -> None:
    await roles.run(roles.migrator, "CREATE TABLE later (tenant_id uuid PRIMARY KEY)")
    try:
        await roles.run(roles.runtime, "INSERT INTO later VALUES (gen_random_uuid())")
        await roles.run(roles.runtime, "DELETE FROM later")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await roles.run(roles.runtime, "DROP TABLE later")
    finally:
        await roles.run(roles.migrator, "DROP TABLE later")


async def test_a_database_that_one_role_made_is_handed_over(
    postgres_url: str, template: str
) -> None:
    """Also twice: the script may be repeated."""
    tag = secrets.token_hex(4)
    async with copied(postgres_url, template) as name:
        url = beside(postgres_url, name)
        await install(url, tag)
        roles = await install(url, tag)
        await roles.run(roles.migrator, "ALTER TABLE tenant ADD COLUMN later int")
        await roles.run(roles.runtime, "DELETE FROM tenant")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await roles.run(roles.runtime, "ALTER TABLE tenant DROP COLUMN later")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await roles.run(roles.runtime, "DELETE FROM alembic_version")
    await forget(postgres_url, tag)


async def test_nobody_else_gets_in(roles: Roles, postgres_url: str) -> None:
    """THREATS 63"""
    stranger = f"consentry_stranger_{secrets.token_hex(4)}"
    await roles.run(postgres_url, f"CREATE ROLE {stranger} LOGIN PASSWORD 'stranger'")
    try:
        at = roles.superuser.rpartition("@")[2]
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(f"postgresql://{stranger}:stranger@{at}")
    finally:
        await roles.run(postgres_url, f"DROP ROLE {stranger}")


def before_head() -> str:
    """The revision before the newest."""
    return f"{int(HEAD) - 1:04d}"
