"""The roof: reads the settings, picks the store and mounts the doors."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from consentry.crypto.root import RootKeys
from consentry.settings import Settings
from consentry.store.sql.store import SqlStore
from consentry.tenancy.deployment import Deployment
from consentry.web.fetch import Fetcher


@asynccontextmanager
async def open_deployment(settings: Settings) -> AsyncIterator[Deployment]:
    """Everything a process needs, closed again at the end.

    Raises ValueError, with one clear line, without a usable CONSENTRY_SECRET_KEY.
    """
    if settings.secret_key is None:
        raise ValueError("CONSENTRY_SECRET_KEY is not set (at least 32 random characters)")
    store = SqlStore(
        settings.database_url,
        pool_size=settings.database_pool,
        refusal_lifetime=settings.refusal_lifetime,
        refusals_kept=settings.refusals_kept,
    )
    fetcher = Fetcher(allow_private=settings.fetch_private_addresses)
    threads = ThreadPoolExecutor(settings.password_threads, thread_name_prefix="consentry")
    try:
        yield Deployment(
            settings=settings,
            store=store,
            root_keys=RootKeys.parse(settings.secret_key.get_secret_value()),
            clock=lambda: datetime.now(UTC),
            fetcher=fetcher,
            threads=threads,
        )
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        await fetcher.aclose()
        await store.close()
