"""The checks of `consentry doctor`."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from consentry.cli.check import Check, Status, named
from consentry.cli.oauth1_checks import plaintext, signature_methods
from consentry.crypto.root import RootKeys
from consentry.crypto.seal import Unsealable
from consentry.main import open_deployment
from consentry.operations.tenants import each_tenant
from consentry.settings import Settings
from consentry.store.ports import Unavailable
from consentry.tenancy.context import open_tenant, parse_policy
from consentry.tenancy.deployment import Deployment
from consentry_migrations import HEAD

if TYPE_CHECKING:
    from consentry.records.tenant import Tenant

LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")
SKEW_WARN_S: Final = 2.0
SKEW_FAIL_S: Final = 30.0
# RFC 9700 §2.1.2, §2.4: both show tokens or passwords to more parties than they need.
DEAD_GRANTS: Final = ("password", "implicit")


async def all_checks(settings: Settings) -> list[Check]:
    """Every check in order; those that need a database that is away are skipped."""
    found = [
        _base_url(settings),
        _secret_key(settings),
        signature_methods(settings),
        await _redis(settings),
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
            made = await _tried(name, look, deployment)
            found.append(made)
            usable = name not in ("database", "schema") or made.status == "ok"
    return found


Look = Callable[[Deployment], Awaitable[Check]]


async def _tried(name: str, look: Look, deployment: Deployment) -> Check:
    try:
        return await look(deployment)
    except Unavailable as error:
        return Check(name, "fail", f"the database does not answer ({error})")


def _base_url(settings: Settings) -> Check:
    name = settings.base_host.rpartition(":")[0] or settings.base_host
    is_local = name in LOOPBACK or name.endswith(".localhost")
    if settings.https or is_local:
        return Check("base_url", "ok", settings.base_url)
    return Check("base_url", "warn", f"{settings.base_url}: issuers must be https (RFC 8414 §2)")


def _secret_key(settings: Settings) -> Check:
    if settings.secret_key is None:
        return Check("secret_key", "fail", "CONSENTRY_SECRET_KEY is not set")
    text = settings.secret_key.get_secret_value()
    try:
        RootKeys.parse(text)
    except ValueError as error:
        return Check("secret_key", "fail", str(error))
    count = text.count(",") + 1
    if count == 1:
        return Check("secret_key", "ok", "one root key")
    return Check(
        "secret_key", "warn", f"{count} root keys: `consentry key rewrap`, then drop the old"
    )


async def _redis(settings: Settings) -> Check:
    from consentry.cli.redis_ping import ping

    if settings.redis_url is None:
        return Check("redis", "skip", "CONSENTRY_REDIS_URL is not set")
    try:
        await ping(settings.redis_url.get_secret_value())
    except (OSError, ValueError, TimeoutError) as error:
        return Check("redis", "fail", f"no answer: {str(error) or type(error).__name__}")
    return Check("redis", "ok", "answers PING")


async def _database(deployment: Deployment) -> Check:
    await deployment.store.ping()
    kind = "SQLite" if deployment.settings.is_sqlite else "PostgreSQL"
    return Check("database", "ok", f"{kind} answers")


async def _schema(deployment: Deployment) -> Check:
    found, newest = await deployment.store.schema_revision(), HEAD
    if found == newest:
        return Check("schema", "ok", f"at {newest}")
    return Check("schema", "fail", f"at {found or 'nothing'}, not {newest}: `consentry migrate`")


async def _clock(deployment: Deployment) -> Check:
    if deployment.settings.is_sqlite:
        return Check("clock", "ok", "the database has no clock of its own")
    import asyncpg

    away = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
    try:
        connection = await asyncpg.connect(deployment.settings.database_url, timeout=10)
        try:
            before = datetime.now(UTC)
            theirs = await connection.fetchval("SELECT clock_timestamp()")
            ours = before + (datetime.now(UTC) - before) / 2
        finally:
            await connection.close()
    except away as error:
        raise Unavailable(type(error).__name__) from error
    skew = abs((theirs - ours).total_seconds())
    status: Status = "ok" if skew < SKEW_WARN_S else "warn" if skew < SKEW_FAIL_S else "fail"
    return Check("clock", status, f"{skew:.1f} s from the database's")


async def _keys(deployment: Deployment) -> Check:
    locked, old, tenants = [], 0, 0
    async for tenant in each_tenant(deployment.store):
        tenants += 1
        try:
            await open_tenant(deployment, tenant)
        except (Unsealable, ValueError):
            locked.append(tenant.slug)
        wrapped = await deployment.store.inside(tenant.tenant_id).keys.tenant_keys()
        old += sum(not deployment.root_keys.is_current(key.wrapped) for key in wrapped)
    if locked:
        return Check("keys", "fail", f"no root key fits the keys of {named(locked)}")
    if old:
        return Check("keys", "warn", f"{old} keys under an old root key: `consentry key rewrap`")
    return Check("keys", "ok", f"the root key fits the keys of {tenants} tenants")


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
    "database": _database,
    "schema": _schema,
    "clock": _clock,
    "keys": _keys,
    "policies": _policies,
    "oauth1": plaintext,
}
