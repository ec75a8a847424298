"""A tenant that somebody keeps for long, as an import does, keeps nobody else's keys waiting."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from consentry.operations.data_key_rotation import rotate_data_keys
from consentry.operations.key_rotation import rotate_due
from consentry.operations.tenants import claim_tenant, create_tenant
from consentry.store.sql.store import SqlStore
from consentry.tenancy.context import open_tenant
from consentry.tenancy.deployment import Deployment
from consentry.tenancy.signing import signing_key
from operations.deployed import deployed


@pytest.fixture
async def later(pg_emptied: str) -> AsyncIterator[Deployment]:
    """Two tenants in two years, with somebody busy with the older one; no patience."""
    async with deployed(pg_emptied) as made, impatient(pg_emptied) as store:
        for slug in ("photos", "sounds"):
            await signing_key(await open_tenant(made, await create_tenant(made, slug)), "ES256")
        async with made.store.begin() as busy:
            assert await claim_tenant(busy, "photos")
            far = datetime.now(UTC) + timedelta(days=730)
            yield replace(made, clock=lambda: far, store=store)


@asynccontextmanager
async def impatient(url: str) -> AsyncIterator[SqlStore]:
    store = SqlStore(url, patience_s=1.0)
    yield store
    await store.close()


async def test_data_keys_of_the_others_are_followed(later: Deployment) -> None:
    done = await rotate_data_keys(later)
    assert (done.published, done.failed) == (1, 1)


async def test_signing_keys_of_the_others_are_followed(later: Deployment) -> None:
    assert await rotate_due(later, most=10) == (1, 1)
