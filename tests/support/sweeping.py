"""One short turn of a sweep, for tests that ask what goes."""

from datetime import datetime

from consentry.store.ports import Store
from consentry.store.sweeping import AuditExport


async def swept(
    store: Store, now: datetime, *, batch: int, export: AuditExport | None = None
) -> dict[str, int]:
    """One batch of every table; how many rows went, by table."""
    sweeping = store.sweeping(now, export=export)
    return {table: await sweeping.take(table, batch) for table in sweeping.tables}
