"""Custom hosts of a tenant."""

import re
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from consentry.operations.audit import record
from consentry.operations.changing import changing
from consentry.operations.errors import Conflict, NotFound, Refused
from consentry.operations.permissions import require
from consentry.records.tenant import Domain
from consentry.store.ports import Duplicate
from consentry.tenancy.context import TenantContext
from consentry.tenancy.deployment import Deployment

MAX_HOST: Final = 253
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# RFC 1123 §2.1; a last label with a letter, so that no one takes it for an address.
_HOST = re.compile(rf"((?:{_LABEL}\.)*(?![0-9]+(?::|$)){_LABEL})(?::([0-9]{{1,5}}))?")


def checked_domain(base_host: str, host: str) -> str:
    """The host as it is stored: without the port people reach the base host by.

    base_host: of the deployment, with its port. Raises Refused with the reason.
    """
    found = _HOST.fullmatch(host)
    if found is None or len(host) > MAX_HOST:
        raise Refused(
            "", f"{host[:100]!a} is no lower-case host name (xn-- form) with or without port"
        )
    name, port = found[1], found[2]
    base_name, _, base_port = base_host.partition(":")
    if port is not None and not 0 < int(port) <= 65_535:
        raise Refused("", f"{host} has a port outside 1 to 65535")
    if name == base_name or name.endswith(f".{base_name}"):
        raise Refused("", f"{host} is the operator's: {base_name} and what is below it")
    return name if port is None or port == base_port else host


async def list_domains(ctx: TenantContext) -> Sequence[Domain]:
    """The tenant's own hosts by name. Raises Forbidden."""
    await require(ctx, "policy.read")
    return await ctx.store.configuration.domains()


async def add_domain(ctx: TenantContext, host: str) -> str:
    """Let the tenant answer on a host at the operator's word, unproven; the host as stored.

    Raises Forbidden, Refused, or Conflict when another tenant has it.
    """
    await require(ctx, "tenants.write")
    async with changing(ctx) as inner:
        name, is_new = await take_domain(inner.deployment, ctx.tenant.tenant_id, host)
        if is_new:
            await record(inner, "domain.create", target=("domain", name))
    return name


async def remove_domain(ctx: TenantContext, host: str) -> None:
    """The tenant answers there no more. Raises Forbidden, NotFound, or Refused for its issuer's."""
    await require(ctx, "policy.write")
    async with changing(ctx) as inner:
        configuration = inner.store.configuration
        if host not in [one.host for one in await configuration.domains()]:
            raise NotFound("domain", host)
        if host == ctx.policy.issuer_host:
            raise Refused("", f"{host} is the issuer's: settings.issuer_host names it")
        await configuration.remove_domain(host)
        await record(inner, "domain.delete", target=("domain", host))


async def take_domain(deployment: Deployment, tenant_id: UUID, host: str) -> tuple[str, bool]:
    """The host as stored, and whether it is new; in a transaction that records by itself.

    Raises Refused, or Conflict when another tenant has it.
    """
    name = checked_domain(deployment.settings.base_host, host)
    owner = await deployment.store.tenants.by_domain(name)
    if owner is not None and owner.tenant_id != tenant_id:
        raise Conflict("", f"{name} belongs to another tenant")
    if owner is None:
        try:
            configuration = deployment.store.inside(tenant_id).configuration
            await configuration.add_domain(name, deployment.clock())
        except Duplicate as error:
            raise Conflict("", f"{name} belongs to another tenant") from error
    return name, owner is None
