"""Custom hosts of a tenant."""

import re
from typing import Final

from consentry.operations.errors import Conflict, Refused
from consentry.records.tenant import Tenant
from consentry.store.ports import Duplicate, Store
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


async def add_domain(
    deployment: Deployment, tenant: Tenant, host: str, *, store: Store | None = None
) -> str:
    """Let the tenant answer on a host; the host as stored.

    Raises Refused, or Conflict when another tenant has it.
    """
    store = store or deployment.store
    name = checked_domain(deployment.settings.base_host, host)
    owner = await store.tenants.by_domain(name)
    if owner is not None and owner.tenant_id != tenant.tenant_id:
        raise Conflict("", f"{name} belongs to another tenant")
    if owner is None:
        try:
            inside = store.inside(tenant.tenant_id)
            await inside.configuration.add_domain(name, deployment.clock())
        except Duplicate as error:
            raise Conflict("", f"{name} belongs to another tenant") from error
    return name
