"""A backup put back: the file is checked first, then all of it counts or nothing."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from consentry.operations.audit import append, event
from consentry.operations.backups.checking import checked
from consentry.operations.backups.form import Header, Held, check_schema
from consentry.operations.errors import Conflict, Refused
from consentry.operations.permissions import require_operator
from consentry.records.tenant import Domain, Tenant
from consentry.store.copying import Values
from consentry.store.ports import Store
from consentry.tenancy.actor import OPERATORS, SYSTEM, Actor
from consentry.tenancy.deployment import Deployment

Lines = Callable[[], Iterator[bytes]]
BATCH: Final = 500
TENANTS: Final = str(Tenant.__tablename__)
DOMAINS: Final = str(Domain.__tablename__)


class _NotThisTime(Exception):
    """Ends the transaction of a dry run without a trace."""


class _Batch(NamedTuple):
    """Some rows of a table; never none."""

    table: str
    columns: Sequence[str]
    rows: list[Values]

    def values(self, column: str) -> list[Any]:
        """What a column has in each of the rows."""
        place = self.columns.index(column)
        return [row[place] for row in self.rows]

    def of(self, column: str, value: str) -> "_Batch":
        """Those of the rows that have this value in a column."""
        place = self.columns.index(column)
        return self._replace(rows=[row for row in self.rows if row[place] == value])


async def restore(
    deployment: Deployment,
    lines: Lines,
    slug: str | None = None,
    *,
    dry_run: bool = False,
    actor: Actor = SYSTEM,
) -> Held:
    """Put a whole backup into a database without tenants, or one tenant into any without it.

    lines: gives the lines of the file from the first; called twice. slug: the tenant that is
    wanted of a backup of all. What the operators' own tenant had is replaced by what the whole
    backup has. Everything or, when an error is raised, nothing: Refused for a file that is not
    as it was sealed, is not for this release and its root key or lacks the tenant, Conflict for
    what is in the way, Forbidden.
    """
    require_operator(actor, "tenants.write")
    await check_schema(deployment.store)
    first, second = sha256(), sha256()
    held = checked(_shown(lines(), first.update), deployment.root_keys)
    wanted = slug or held.header.tenant
    try:
        async with deployment.store.begin() as store:
            # Of a tenant's rows the next may stand far behind many of others.
            await store.copying.take_time()
            batches = _batches(_shown(lines(), second.update))
            if wanted is None:
                found = await _whole(store, batches)
            else:
                found = await _one(store, batches, wanted)
            if first.digest() != second.digest():
                raise Refused("", "the backup was altered while it was read")
            if dry_run:
                raise _NotThisTime
            await _record(deployment, store, actor, held.header, found)
    except _NotThisTime:
        pass
    return replace(held, rows={name: found.rows.get(name, 0) for name in held.rows})


@dataclass
class _Found:
    """What was put back: rows by table, and the tenant when it was one."""

    rows: dict[str, int] = field(default_factory=dict)
    slug: str = ""
    tenant_id: UUID = OPERATORS


def _shown(lines: Iterator[bytes], to: Callable[[bytes], object]) -> Iterator[bytes]:
    for text in lines:
        to(text)
        yield text


def _batches(lines: Iterator[bytes]) -> Iterator[_Batch]:
    """The rows of a file that was checked."""
    batch = _Batch("", (), [])
    for text in lines:
        said = orjson.loads(text)
        is_row = isinstance(said, list)
        if is_row:
            batch.rows.append(said)
        if batch.rows and (not is_row or len(batch.rows) == BATCH):
            yield batch
            batch = batch._replace(rows=[])
        if not is_row and "table" in said:
            batch = _Batch(said["table"], said["columns"], [])


async def _whole(store: Store, batches: Iterator[_Batch]) -> _Found:
    await store.copying.claim()
    if await store.tenants.page(limit=1):
        raise Conflict("", "the database has tenants: a whole backup needs one that has none")
    await store.copying.clear()
    found = _Found()
    for batch in batches:
        await _insert(store, batch, found)
    return found


async def _one(store: Store, batches: Iterator[_Batch], slug: str) -> _Found:
    if await store.tenants.by_slug(slug) is not None:
        raise Conflict("", f"there is a tenant {slug} already")
    found = _Found()
    async for batch in _theirs(store, batches, slug, found):
        await _insert(store, batch, found)
    if not found.slug:
        raise Refused("", f"the backup holds no tenant {slug!a}")
    return found


async def _theirs(
    store: Store, batches: Iterator[_Batch], slug: str, found: _Found
) -> AsyncIterator[_Batch]:
    """The rows of one tenant; its own comes first, for tenants are the first table."""
    for batch in batches:
        if batch.table == TENANTS:
            own = batch.of("slug", slug)
            if own.rows:
                found.slug, found.tenant_id = slug, UUID(own.values("tenant_id")[0])
                await _make_room(store, found.tenant_id)
                yield _staying(own)
        elif found.slug:
            own = batch.of("tenant_id", str(found.tenant_id))
            if own.table == DOMAINS:
                await _check_hosts(store, own.values("host"))
            if own.rows:
                yield own


async def _make_room(store: Store, tenant_id: UUID) -> None:
    there = await store.tenants.get(tenant_id)
    if there is not None:
        raise Conflict("", f"the tenant is there already, as {there.slug}")
    # What a tenant of this id that was deleted has left behind.
    await store.copying.clear(tenant_id)


def _staying(own: _Batch) -> _Batch:
    """Whoever brings a tenant back does not want the next sweep to remove it."""
    place = own.columns.index("delete_at")
    return own._replace(rows=[[*row[:place], None, *row[place + 1 :]] for row in own.rows])


async def _check_hosts(store: Store, hosts: list[str]) -> None:
    for host in hosts:
        if (other := await store.tenants.by_domain(host)) is not None:
            raise Conflict("", f"the host {host} belongs to the tenant {other.slug}")


async def _insert(store: Store, batch: _Batch, found: _Found) -> None:
    await store.copying.insert(batch.table, batch.rows)
    found.rows[batch.table] = found.rows.get(batch.table, 0) + len(batch.rows)


async def _record(
    deployment: Deployment, store: Store, actor: Actor, header: Header, found: _Found
) -> None:
    """In the trail of the tenant, if it was one, and last in the operators'."""
    target = ("tenant", found.slug) if found.slug else ("deployment", "")
    detail = {"made_at": header.created_at.isoformat(), "rows": sum(found.rows.values())}
    done = event(actor, deployment.clock(), "backup.restore", target, detail)
    for tenant_id in dict.fromkeys((found.tenant_id, OPERATORS)):
        await append(store, tenant_id, [done])
