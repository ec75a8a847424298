"""The checks of `consentry doctor`."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

from consentry.cli.oauth1_checks import plaintext, signature_methods
from consentry.crypto.seal import Unsealable
from consentry.main import open_deployment
from consentry.operations.background import BACKGROUND
from consentry.operations.health import (
    Check,
    Look,
    clock,
    database,
    mail,
    named,
    redis,
    schema,
    secret_key,
    tried,
)
from consentry.operations.tenants import each_tenant
from consentry.settings import Settings
from consentry.store.ports import TenantStore
from consentry.tenancy.actor import OPERATORS
from consentry.tenancy.context import open_tenant, parse_policy
from consentry.tenancy.data_keys import unwrapped
from consentry.tenancy.deployment import Deployment

if TYPE_CHECKING:
    from consentry.records.tenant import Tenant

LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")
# RFC 9700 §2.1.2, §2.4: both show tokens or passwords to more parties than they need.
DEAD_GRANTS: Final = ("password", "implicit")


async def all_checks(settings: Settings) -> list[Check]:
    """Every check in order; those that need a database that is away are skipped."""
    found = [
        _base_url(settings),
        secret_key(settings),
        signature_methods(settings),
        await redis(settings),
    ]
    for needed in found[1:3]:
        if needed.status == "fail":
            reason = f"needs {needed.name}"
            return found + [Check(name, "skip", reason) for name in _DATABASE_CHECKS]
    async with open_deployment(settings) as deployment:
        usable = True
        for name, look in _DATABASE_CHECKS.items():
            if not usable:
                found.append(Check(name, "skip", "needs the database at the newest schema"))
                continue
            made = await tried(name, look, deployment)
            found.append(made)
            usable = name not in ("database", "schema") or made.status != "fail"
        found.append(await mail(deployment))
    return found


def _base_url(settings: Settings) -> Check:
    name = settings.base_host.rpartition(":")[0] or settings.base_host
    is_local = name in LOOPBACK or name.endswith(".localhost")
    if settings.https or is_local:
        return Check("base_url", "ok", settings.base_url)
    return Check("base_url", "warn", f"{settings.base_url}: issuers must be https (RFC 8414 §2)")


async def _keys(deployment: Deployment) -> Check:
    locked, old, tenants = [], 0, 0
    base = deployment.store.inside(OPERATORS)
    try:
        for key in await base.keys.tenant_keys():
            unwrapped(deployment.root_keys, key)
    except Unsealable:
        locked.append("the base host")
    old += await _outdated(deployment, base)
    async for tenant in each_tenant(deployment.store):
        tenants += 1
        try:
            await open_tenant(deployment, tenant)
        except (Unsealable, ValueError):
            locked.append(tenant.slug)
        old += await _outdated(deployment, deployment.store.inside(tenant.tenant_id))
    if locked:
        return Check("keys", "fail", f"no root key fits the keys of {named(locked)}")
    if old:
        return Check("keys", "warn", f"{old} keys under an old root key: `consentry key rewrap`")
    return Check("keys", "ok", f"the root key fits the keys of {tenants} tenants")


async def _outdated(deployment: Deployment, inside: TenantStore) -> int:
    wrapped = await inside.keys.tenant_keys()
    return sum(not deployment.root_keys.is_current(key.wrapped) for key in wrapped)


async def _policies(deployment: Deployment) -> Check:
    weak = [one async for one in _weak(each_tenant(deployment.store))]
    if weak:
        return Check("policies", "warn", named(weak))
    return Check("policies", "ok", "no tenant allows what RFC 9700 advises against")


async def _weak(tenants: "AsyncIterator[Tenant]") -> AsyncIterator[str]:
    async for tenant in tenants:
        policy = parse_policy(tenant)
        found = [f"grant type {one}" for one in DEAD_GRANTS if one in policy.grant_types_supported]
        found += [] if policy.require_pkce else ["clients without PKCE"]
        if found:
            yield f"{tenant.slug} allows {' and '.join(found)}"


_DATABASE_CHECKS: Final[dict[str, Look]] = {
    "database": database,
    "schema": schema,
    "clock": clock,
    "keys": _keys,
    "policies": _policies,
    "oauth1": plaintext,
    **BACKGROUND,
}
