"""A database with the two roles of docs/roles.sql, migrated by the one and served by the other."""

from __future__ import annotations

import pathlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncpg
import pytest

from conftest import beside, copied, migrate
from support.world import World, running_world

ROLES = pathlib.Path(__file__).resolve().parents[2] / "docs/roles.sql"


@dataclass(frozen=True)
class Roles:
    """URLs of one database, by who connects."""

    superuser: str
    migrator: str
    runtime: str

    async def run(self, url: str, sql: str) -> list[asyncpg.Record]:
        """What a statement gives to who connects by the URL."""
        connection = await asyncpg.connect(url)
        try:
            found: list[asyncpg.Record] = await connection.fetch(sql)
            return found
        finally:
            await connection.close()


def script(tag: str) -> str:
    """The script with names of this run: roles belong to the whole server."""
    return ROLES.read_text().replace("consentry_", f"consentry_{tag}_")


def as_role(url: str, role: str, password: str) -> str:
    """The URL by which a role connects."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{role}:{password}@{parts.netloc.rpartition('@')[2]}").geturl()


async def install(url: str, tag: str) -> Roles:
    """Run the script in a database; each role gets a password."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(script(tag))
        password = secrets.token_hex(8)
        for role in ("migrator", "runtime"):
            await connection.execute(f"ALTER ROLE consentry_{tag}_{role} PASSWORD '{password}'")
    finally:
        await connection.close()
    named = {r: as_role(url, f"consentry_{tag}_{r}", password) for r in ("migrator", "runtime")}
    return Roles(superuser=url, **named)


async def forget(server: str, tag: str) -> None:
    """Drop the roles; the databases they were in are gone."""
    connection = await asyncpg.connect(server)
    try:
        for role in ("migrator", "runtime"):
            await connection.execute(f"DROP ROLE consentry_{tag}_{role}")
    finally:
        await connection.close()


@pytest.fixture(scope="session")
async def roles(postgres_url: str) -> AsyncIterator[Roles]:
    """A database that was empty when the roles came, migrated by the migrator."""
    tag = secrets.token_hex(4)
    async with copied(postgres_url) as name:
        made = await install(beside(postgres_url, name), tag)
        await migrate(made.migrator)
        yield made
    await forget(postgres_url, tag)


@pytest.fixture(scope="session")
async def served(roles: Roles) -> AsyncIterator[World]:
    """A world whose process connects as the runtime role."""
    async with running_world(roles.runtime) as made:
        yield made
