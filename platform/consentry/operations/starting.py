"""What a process looks at before it begins to work."""

from typing import Final

from consentry.crypto.seal import Unsealable
from consentry.operations.errors import OperationError
from consentry.records.key import TenantKey
from consentry.store.ports import Store
from consentry.telemetry import get_logger
from consentry.tenancy.deployment import Deployment
from consentry_migrations import HEAD, serves

SAMPLED: Final = 20
"""Keys that are tried, of whichever tenants: one statement, whatever there is."""


async def check_root_keys(deployment: Deployment) -> None:
    """Raises OperationError when there are keys of tenants, and none that is tried opens.

    A database that was restored in part, or is in the middle of a rotation, has some that do.
    What fits which is for `doctor` to say. Raises Unavailable.
    """
    tried = await deployment.store.overview.some_keys(SAMPLED)
    if tried and not any(_opens(deployment, key) for key in tried):
        raise OperationError(
            "CONSENTRY_SECRET_KEY: is not the root key of this database: it opens none of its keys"
        )


def _opens(deployment: Deployment, key: TenantKey) -> bool:
    try:
        deployment.root_keys.unwrap(key.tenant_id.bytes, key.purpose, key.version, key.wrapped)
    except Unsealable:
        return False
    return True


async def schema_fits(store: Store) -> bool:
    """Whether this release can use the database; the log says when its own migration differs.

    Raises Unavailable.
    """
    found = await store.schema_revision()
    if found != HEAD:
        get_logger().warning("schema_differs", database=found, release=HEAD, serves=serves(found))
    return serves(found)
