"""Hosts of the tenant's own."""

from consentry.api.models.tenant import DomainList, domain_shown
from consentry.api.operation import Call, Resource
from consentry.operations.domains import list_domains

domains = Resource("domains", "Hosts of the tenant's own; operators add and remove them.")


@domains("GET", "/domains", "policy.read", answer=DomainList)
async def list_own_domains(call: Call[None, None]) -> DomainList:
    """Hosts by name."""
    return DomainList(items=[domain_shown(row) for row in await list_domains(call.ctx)])
