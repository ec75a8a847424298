"""A tenant with a client whose tokens outlive logins, and its data keys step by step."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from consentry.operations.data_key_rotation import AHEAD
from consentry.operations.data_keys import COLUMNS, list_data_keys, rotate_data_key
from consentry.tenancy.context import TenantContext, open_tenant
from support.world import SCOPE, Tokens, World, running_world
from support.worlds import database

__all__ = ["database"]
KEEPER = "keeper"


@asynccontextmanager
async def keeping(url: str) -> AsyncIterator[World]:
    async with running_world(url) as made:
        await made.add_client(KEEPER, scope=f"{SCOPE} offline_access")
        yield made


async def context(world: World, slug: str = "photos") -> TenantContext:
    row = await world.deployment.store.tenants.by_slug(slug)
    assert row is not None
    return await open_tenant(world.deployment, row)


async def states(world: World, slug: str = "photos") -> list[tuple[int, str]]:
    """Version and state, the newest first."""
    return [(one.version, one.state) for one in await list_data_keys(await context(world, slug))]


async def run(world: World, after: timedelta = timedelta(0)) -> dict[str, int]:
    """What the job did, some time from now; every process hears of it."""
    world.clock.forward(after.total_seconds())
    ran = await world.run_job("data-keys")
    assert ran.error == ""
    world.forget()
    return {name: count for name, count in ran.detail.items() if count}


async def rotated(world: World, slug: str = "photos") -> None:
    """A new data key seals, and the old one is still held."""
    await rotate_data_key(await context(world, slug))
    assert (await run(world, AHEAD + timedelta(seconds=1)))["sealing"] == 1


async def sealed_under(world: World) -> dict[str, set[int]]:
    """The versions that stored values are sealed under, by column."""
    found: dict[str, set[int]] = {}
    for column in COLUMNS:
        for version in (1, 2, 3):
            if await world.store().sealed.under(column, version, limit=1):
                found.setdefault(column, set()).add(version)
    return found


async def live_tokens(world: World) -> Tokens:
    """Tokens that no login's end takes along."""
    code = await world.authorize(client_id=KEEPER, scope=f"{SCOPE} offline_access")
    tokens = await world.redeem(code, client_id=KEEPER)
    assert tokens.status == 200, tokens.body
    return tokens


async def refreshed(world: World, tokens: Tokens) -> Tokens:
    """What their refresh token gives."""
    return await world.refresh(tokens.refresh_token, client_id=KEEPER)


@pytest.fixture
async def world(sqlite_database: str) -> AsyncIterator[World]:
    """A world with a client whose tokens outlive logins."""
    async with keeping(sqlite_database) as made:
        yield made


@pytest.fixture
async def each_world(database: str) -> AsyncIterator[World]:
    """The same on each database."""
    async with keeping(database) as made:
        yield made
