"""Hosts of the tenant's own, and those it claims."""

from consentry.api.models.tenant import (
    ClaimList,
    ClaimShown,
    DomainList,
    DomainShown,
    NewDomain,
    claim_shown,
    domain_shown,
)
from consentry.api.operation import Call, Made, Resource
from consentry.api.resources.addresses import address
from consentry.operations import domain_claims as claims
from consentry.operations import domains as operations

domains = Resource(
    "domains", "Hosts of the tenant's own: claimed, proven by the DNS or a file, and answered at."
)


@domains("GET", "/domains", "policy.read", answer=DomainList)
async def list_own_domains(call: Call[None, None]) -> DomainList:
    """Hosts by name."""
    return DomainList(items=[domain_shown(row) for row in await operations.list_domains(call.ctx)])


@domains("DELETE", "/domains/{host}", "policy.write", status=204)
async def remove_own_domain(call: Call[None, None]) -> None:
    """Answer on a host no more."""
    await operations.remove_domain(call.ctx, call.path["host"])


@domains("GET", "/domain-claims", "policy.read", answer=ClaimList)
async def list_claims(call: Call[None, None]) -> ClaimList:
    """Hosts that are still to be proven, by name."""
    return ClaimList(items=[claim_shown(row) for row in await claims.list_claims(call.ctx)])


@domains(
    "POST", "/domain-claims", "policy.write",
    body=NewDomain, answer=ClaimShown, status=201, creates=True,
)  # fmt: skip
async def claim_domain(call: Call[None, NewDomain]) -> Made:
    """Claim a host; within a week it is to be proven."""
    row = await claims.claim_domain(call.ctx, call.body.host)
    return Made(claim_shown(row), address("domain-claims", row.host))


@domains("GET", "/domain-claims/{host}", "policy.read", answer=ClaimShown)
async def get_claim(call: Call[None, None]) -> ClaimShown:
    """One claim."""
    return claim_shown(await claims.get_claim(call.ctx, call.path["host"]))


@domains("DELETE", "/domain-claims/{host}", "policy.write", status=204, current=get_claim)
async def drop_claim(call: Call[None, None]) -> None:
    """Claim a host no more."""
    await claims.drop_claim(call.ctx, call.path["host"])


@domains("POST", "/domain-claims/{host}/check", "policy.write", answer=DomainShown, throttled=True)
async def check_claim(call: Call[None, None]) -> DomainShown:
    """Look for the proof now; found, the tenant answers on the host."""
    return domain_shown(await claims.prove_domain(call.ctx, call.path["host"]))
