"""A store that lives in memory: the SQL store on an SQLite database without a file.

No second implementation, so no rule that could differ from the real one. One thing
does: a reader waits for a transaction that is under way, where it would see what was
before on the others.
"""

from uuid import uuid4

from consentry.store.sql.migrate import migrate
from consentry.store.sql.store import SqlStore


def memory_url() -> str:
    """A URL of a new database that is gone when its last connection closes."""
    return f"sqlite:///file:/{uuid4().hex}?vfs=memdb"


async def memory_store() -> SqlStore:
    """An empty store with the newest schema."""
    store = SqlStore(memory_url())
    await store.ping()
    await migrate(store.url)
    return store
