"""A tenant's data keys as they are held: which of them seals, and all that unseal.

A new version is published first. It seals nothing before every process holds it, so none is
ever shown a token whose key it does not know.
"""

from collections.abc import Sequence
from uuid import UUID

from consentry.crypto.ring import DataKey, DataKeys
from consentry.crypto.root import RootKeys
from consentry.records.key import TenantKey

PURPOSE = "data"


def data_keys(roots: RootKeys, owner: UUID, rows: Sequence[TenantKey]) -> DataKeys:
    """The ring of an owner's stored keys, of any order and purpose.

    Raises crypto.seal.Unsealable if no root key fits, ValueError if there is no data key.
    """
    first = sealing(rows)
    held = sorted((row for row in rows if row.purpose == PURPOSE), key=lambda row: row is not first)
    return DataKeys(owner.bytes, [DataKey(row.version, unwrapped(roots, row)) for row in held])


def sealing(rows: Sequence[TenantKey]) -> TenantKey | None:
    """The key that seals: the newest that does so at all, else the first there ever was."""
    held = sorted((row for row in rows if row.purpose == PURPOSE), key=lambda row: row.version)
    active = [row for row in held if row.active_at is not None]
    return active[-1] if active else next(iter(held), None)


def unwrapped(roots: RootKeys, row: TenantKey) -> bytes:
    """The key itself, 32 bytes. Raises crypto.seal.Unsealable if no root key fits."""
    return roots.unwrap(row.tenant_id.bytes, row.purpose, row.version, row.wrapped)
