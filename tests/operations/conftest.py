"""A tenant in memory; a deployment on either database."""

from collections.abc import AsyncIterator

import pytest

from consentry.operations.tenants import create_tenant
from consentry.tenancy.context import TenantContext, open_tenant
from consentry.tenancy.deployment import Deployment
from operations.deployed import deployed
from store.conftest import memory_emptied as memory_emptied
from store.conftest import memory_shared as memory_shared
from store.conftest import pg_emptied as pg_emptied
from store.conftest import pg_shared as pg_shared


@pytest.fixture
async def deployment(memory_emptied: str) -> AsyncIterator[Deployment]:
    """A deployment on an empty store in memory that may fetch from this machine."""
    async with deployed(memory_emptied) as made:
        yield made


@pytest.fixture
async def ctx(deployment: Deployment) -> TenantContext:
    """The tenant photos."""
    return await open_tenant(deployment, await create_tenant(deployment, "photos"))


@pytest.fixture(params=["sqlite_database", "pg_emptied"])
def database(request: pytest.FixtureRequest) -> str:
    """URL of an empty, migrated database of either kind."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def anywhere(database: str) -> AsyncIterator[Deployment]:
    """A deployment on either database."""
    async with deployed(database) as made:
        yield made
