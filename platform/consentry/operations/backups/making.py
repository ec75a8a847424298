"""A backup made: the rows of one moment, while everything goes on."""

import hashlib
from base64 import b64decode
from collections.abc import Callable
from contextlib import aclosing
from typing import Final

from consentry.crypto.root import ID_BYTES
from consentry.operations.backups.form import Header, Held, Trailer, check_schema, line
from consentry.operations.errors import NotFound
from consentry.operations.permissions import require_operator
from consentry.operations.tenants import get_tenant
from consentry.records.key import TenantKey
from consentry.records.tenant import Tenant
from consentry.store.copying import Snapshot
from consentry.tenancy.actor import SYSTEM, Actor
from consentry.tenancy.deployment import Deployment

Write = Callable[[bytes], object]
KEYS: Final = str(TenantKey.__tablename__)
TENANTS: Final = str(Tenant.__tablename__)


async def back_up(
    deployment: Deployment, write: Write, slug: str | None = None, *, actor: Actor = SYSTEM
) -> Held:
    """Write every row of the deployment, or of one tenant, as it is at one moment.

    write: is given whole lines. Secrets stay sealed as they are stored; password hashes and
    what is known of people are as they are. Raises Forbidden, NotFound, Refused.
    """
    require_operator(actor, "tenants.write")
    await check_schema(deployment.store)
    tenant_id = None if slug is None else (await get_tenant(deployment.store, slug)).tenant_id
    copying, digest = deployment.store.copying, hashlib.sha256()

    def note(text: bytes) -> None:
        digest.update(text)
        write(text)

    async with copying.snapshot(tenant_id) as snapshot:
        place = copying.columns[KEYS].index("wrapped")
        keys = await _root_keys(snapshot, place) | {deployment.root_keys.current.id.hex()}
        header = Header(deployment.clock(), slug, tuple(sorted(keys)))
        note(header.to_line())
        rows = {}
        for table, columns in copying.columns.items():
            note(line({"table": table, "columns": columns}))
            rows[table] = await _copy(snapshot, table, note)
            if slug is not None and not rows[TENANTS]:
                raise NotFound("tenant", slug)
    write(Trailer(rows, digest.digest()).to_line(deployment.root_keys))
    return Held(header, rows)


async def _root_keys(snapshot: Snapshot, place: int) -> set[str]:
    """Ids of the root keys that wrap what is there."""
    found = set()
    async with aclosing(snapshot.pages(KEYS)) as pages:
        async for page in pages:
            found |= {b64decode(row[place])[:ID_BYTES].hex() for row in page}
    return found


async def _copy(snapshot: Snapshot, table: str, note: Write) -> int:
    count = 0
    async with aclosing(snapshot.pages(table)) as pages:
        async for page in pages:
            note(b"".join(map(line, page)))
            count += len(page)
    return count
