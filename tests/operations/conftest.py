"""A tenant in memory."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from consentry.crypto.root import RootKeys
from consentry.operations.tenants import create_tenant
from consentry.settings import Settings
from consentry.store.memory import memory_store
from consentry.tenancy.context import TenantContext, open_tenant
from consentry.tenancy.deployment import Deployment
from consentry.web.fetch import Fetcher


@pytest.fixture
async def deployment() -> AsyncIterator[Deployment]:
    """A deployment on an empty store in memory that may fetch from this machine."""
    store, fetcher = await memory_store(), Fetcher(allow_private=True)
    with ThreadPoolExecutor(2) as threads:
        yield Deployment(
            settings=Settings(fetch_private_addresses=True),
            store=store,
            root_keys=RootKeys.parse("the root key of the tests has 32 characters or more"),
            clock=lambda: datetime.now(UTC),
            fetcher=fetcher,
            threads=threads,
        )
    await fetcher.aclose()
    await store.close()


@pytest.fixture
async def ctx(deployment: Deployment) -> TenantContext:
    """The tenant photos."""
    return await open_tenant(deployment, await create_tenant(deployment, "photos"))
