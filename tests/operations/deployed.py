"""A deployment on any database."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from consentry.crypto.root import RootKeys
from consentry.settings import Settings
from consentry.store.memory import memory_store
from consentry.store.sql.store import SqlStore
from consentry.tenancy.deployment import Deployment
from consentry.web.fetch import Fetcher
from consentry.web.txt_records import txt_records


@asynccontextmanager
async def deployed(url: str | None = None) -> AsyncIterator[Deployment]:
    """A deployment that may fetch from this machine; url: of a migrated database, else memory."""
    store = await memory_store() if url is None else SqlStore(url)
    fetcher = Fetcher(allow_private=True)
    with ThreadPoolExecutor(2) as threads:
        yield Deployment(
            settings=Settings(fetch_private_addresses=True),
            store=store,
            root_keys=RootKeys.parse("the root key of the tests has 32 characters or more"),
            clock=lambda: datetime.now(UTC),
            fetcher=fetcher,
            txt_records=txt_records,
            threads=threads,
        )
    await fetcher.aclose()
    await store.close()
