"""Hosts that a tenant's administrators claim, and prove by the DNS or by a file."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from consentry.operations.audit import record
from consentry.operations.changing import changing
from consentry.operations.domains import checked_domain, take_domain
from consentry.operations.errors import Conflict, NotFound, Refused
from consentry.operations.permissions import require
from consentry.records.tenant import Domain, DomainClaim
from consentry.spec.errors import TooManyRequests
from consentry.tenancy.context import TenantContext

LIFETIME: Final = timedelta(days=7)
MAX_CLAIMS: Final = 20
CHECKS: Final = 10
PERIOD_S: Final = 60
TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Challenge:
    """Where the token of a claim is looked for: a TXT record, or a file of just that text."""

    record: str
    file: str

    @classmethod
    def of(cls, host: str) -> "Challenge":
        """That of a host, which may have a port: the DNS knows none."""
        return cls(
            f"_consentry-challenge.{host.partition(':')[0]}",
            f"https://{host}/.well-known/consentry-challenge",
        )


async def list_claims(ctx: TenantContext) -> Sequence[DomainClaim]:
    """Hosts that are still to be proven, by name. Raises Forbidden."""
    await require(ctx, "policy.read")
    return await ctx.store.claims.all(ctx.now())


async def get_claim(ctx: TenantContext, host: str) -> DomainClaim:
    """The claim to a host. Raises Forbidden or NotFound."""
    await require(ctx, "policy.read")
    return await _claim(ctx, host)


async def claim_domain(ctx: TenantContext, host: str) -> DomainClaim:
    """Say that a host is the tenant's own; it has a week to prove it.

    Another call before that answers the same claim. Raises Forbidden, Refused, or Conflict
    when a tenant has the host.
    """
    await require(ctx, "policy.write")
    async with changing(ctx) as inner:
        name, now = await _free(inner, host), inner.now()
        open_ones = await inner.store.claims.all(now)
        if found := [one for one in open_ones if one.host == name]:
            return found[0]
        if len(open_ones) >= MAX_CLAIMS:
            raise Refused("host", f"at most {MAX_CLAIMS} hosts are claimed at a time")
        claim = DomainClaim(
            tenant_id=ctx.tenant.tenant_id,
            host=name,
            token=secrets.token_urlsafe(TOKEN_BYTES),
            created_at=now,
            expires_at=now + LIFETIME,
        )
        await inner.store.claims.save(claim)
        await record(inner, "domain.claim", target=("domain", name))
        return claim


async def prove_domain(ctx: TenantContext, host: str) -> Domain:
    """Look for the token; found, the tenant answers on the host, which is returned.

    Raises Forbidden, NotFound without a claim, Refused when the token is nowhere,
    TooManyRequests when that was asked too often, or Conflict when another tenant was first.
    """
    await require(ctx, "policy.write")
    claim = await _claim(ctx, host)
    wait = await ctx.store.throttles.take(
        "domain-checks", count=CHECKS, period_s=PERIOD_S, now=ctx.now()
    )
    if wait:
        raise TooManyRequests(f"that was often: look again in {wait} s", retry_after=wait)
    proof = await _proof(ctx, claim)
    if proof is None:
        raise Refused("host", f"the text was found neither in the DNS nor in the file of {host}")
    async with changing(ctx) as inner:
        # Taken back meanwhile, or claimed anew: then this proof is of nothing.
        if (await _claim(inner, host)).token != claim.token:
            raise NotFound("claim", host)
        name, _ = await take_domain(inner.deployment, ctx.tenant.tenant_id, host)
        await inner.store.claims.remove(host)
        await record(inner, "domain.create", target=("domain", name), detail={"proof": proof})
        found = await inner.store.configuration.domains()
        return next(one for one in found if one.host == name)


async def drop_claim(ctx: TenantContext, host: str) -> None:
    """Claim a host no more. Raises Forbidden or NotFound."""
    await require(ctx, "policy.write")
    async with changing(ctx) as inner:
        await _claim(inner, host)
        await inner.store.claims.remove(host)
        await record(inner, "domain.unclaim", target=("domain", host))


async def _free(ctx: TenantContext, host: str) -> str:
    """The host as it would be stored, which no tenant has."""
    name = checked_domain(ctx.deployment.settings.base_host, host)
    owner = await ctx.deployment.store.tenants.by_domain(name)
    if owner is not None:
        whose = "you already" if owner.tenant_id == ctx.tenant.tenant_id else "another tenant"
        raise Conflict("host", f"{name} belongs to {whose}")
    return name


async def _claim(ctx: TenantContext, host: str) -> DomainClaim:
    found = [one for one in await ctx.store.claims.all(ctx.now()) if one.host == host]
    if not found:
        raise NotFound("claim", host)
    return found[0]


async def _proof(ctx: TenantContext, claim: DomainClaim) -> str | None:
    """`dns` or `file`: where the token is; both are asked at once."""
    challenge, deployment = Challenge.of(claim.host), ctx.deployment
    texts, file = await asyncio.gather(
        deployment.txt_records(challenge.record),
        deployment.fetcher.get_text(challenge.file),
        return_exceptions=True,
    )
    for found in (texts, file):
        if isinstance(found, BaseException) and not isinstance(found, ValueError):
            raise found
    if not isinstance(texts, BaseException) and claim.token in (one.strip() for one in texts):
        return "dns"
    return "file" if isinstance(file, str) and file.strip() == claim.token else None
