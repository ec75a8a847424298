"""Tenants, for operators on the base host."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from consentry.api.models.common import Search, page_of, read_place
from consentry.api.models.tenant import (
    CountsShown,
    DomainList,
    DomainShown,
    NewDomain,
    NewTenant,
    TenantCounted,
    TenantPage,
    TenantPatch,
    TenantShown,
    domain_shown,
)
from consentry.api.operation import Call, Made, Resource
from consentry.api.resources.addresses import address
from consentry.operations import console, domains
from consentry.operations import tenants as operations
from consentry.operations.changing import changing
from consentry.operations.lists import Page
from consentry.tenancy.context import TenantContext, open_tenant

tenants = Resource("tenants", "Tenants of the deployment; on the base host, for operators.")


@tenants("GET", "/tenants", "tenants.read", query=Search, answer=TenantPage)
async def list_tenants(call: Call[Search, None]) -> Any:
    """Tenants by slug, found by how slug or name begins."""
    place = read_place(call.query.after, str) or ""
    found = await console.tenant_page(call.ctx, q=call.query.q, after=place, limit=call.query.limit)
    page = Page(found.tenants, found.after)
    return page_of(TenantPage, [_counted(one) for one in found.tenants], page)


@tenants(
    "POST", "/tenants", "tenants.write",
    body=NewTenant, answer=TenantShown, status=201, creates=True,
)  # fmt: skip
async def create_tenant(call: Call[None, NewTenant]) -> Made:
    """Make a tenant."""
    ctx, body = call.ctx, call.body
    await operations.create_tenant(
        ctx.deployment, body.slug, body.name, settings=body.settings, actor=ctx.actor
    )
    return Made(_shown(await console.see_tenant(ctx, body.slug)), address("tenants", body.slug))


@tenants("GET", "/tenants/{slug}", "tenants.read", answer=TenantShown)
async def get_tenant(call: Call[None, None]) -> TenantShown:
    """One tenant."""
    return _shown(await console.see_tenant(call.ctx, call.path["slug"]))


@tenants("GET", "/tenants/{slug}/counts", "tenants.read", answer=CountsShown)
async def count_tenant(call: Call[None, None]) -> CountsShown:
    """How much is in a tenant."""
    return _counts(await console.see_tenant(call.ctx, call.path["slug"]))


@asynccontextmanager
async def _its_turn(call: Call[Any, Any]) -> AsyncIterator[TenantContext]:
    """The operators' context inside a transaction in which this tenant's changes take turns.

    The tenant's trail comes first and the operators' last, as in every change of a tenant.
    """
    async with changing(await _inside(call, call.path["slug"])) as inner:
        store = inner.deployment.store
        operators = store.inside(call.ctx.tenant.tenant_id)
        yield replace(call.ctx, deployment=inner.deployment, store=operators)


@tenants(
    "PATCH", "/tenants/{slug}", "tenants.write",
    body=TenantPatch, answer=TenantShown, current=get_tenant, enter=_its_turn,
)  # fmt: skip
async def update_tenant(call: Call[None, TenantPatch]) -> TenantShown:
    """Rename a tenant, or disable or enable it."""
    slug, body = call.path["slug"], call.body
    if body.name is not None:
        await operations.update_tenant(await _inside(call, slug), name=body.name)
    if body.disabled is not None:
        switch = console.suspend_tenant if body.disabled else console.enable_tenant
        await switch(call.ctx, slug)
    return _shown(await console.see_tenant(call.ctx, slug))


@tenants(
    "DELETE", "/tenants/{slug}", "tenants.write", status=204, current=get_tenant, enter=_its_turn
)
async def delete_tenant(call: Call[None, None]) -> None:
    """Disable a tenant at once, and remove it with everything in it after the grace period."""
    await console.dismiss_tenant(call.ctx, call.path["slug"])


@tenants("POST", "/tenants/{slug}/restore", "tenants.write", answer=TenantShown)
async def restore_tenant(call: Call[None, None]) -> TenantShown:
    """Keep a tenant that was to be removed."""
    slug = call.path["slug"]
    await console.restore_tenant(call.ctx, slug)
    return _shown(await console.see_tenant(call.ctx, slug))


@tenants("GET", "/tenants/{slug}/domains", "tenants.read", answer=DomainList)
async def list_domains(call: Call[None, None]) -> DomainList:
    """Hosts of a tenant's own."""
    ctx = await _inside(call, call.path["slug"])
    return DomainList(items=[domain_shown(row) for row in await domains.list_domains(ctx)])


@tenants(
    "POST", "/tenants/{slug}/domains", "tenants.write",
    body=NewDomain, answer=DomainShown, status=201, creates=True, enter=_its_turn,
)  # fmt: skip
async def add_domain(call: Call[None, NewDomain]) -> Made:
    """Let a tenant answer on a host."""
    slug = call.path["slug"]
    ctx = await _inside(call, slug)
    name = await domains.add_domain(ctx, call.body.host)
    found = [row for row in await domains.list_domains(ctx) if row.host == name]
    return Made(domain_shown(found[0]), address("tenants", slug, "domains", name))


@tenants("DELETE", "/tenants/{slug}/domains/{host}", "tenants.write", status=204)
async def remove_domain(call: Call[None, None]) -> None:
    """The tenant answers on a host no more."""
    await domains.remove_domain(await _inside(call, call.path["slug"]), call.path["host"])


async def _inside(call: Call[Any, Any], slug: str) -> TenantContext:
    """The tenant's context on behalf of the operator. Raises NotFound."""
    deployment = call.ctx.deployment
    row = await operations.get_tenant(deployment.store, slug)
    return (await open_tenant(deployment, row)).acting(call.ctx.actor)


def _shown(seen: console.Seen) -> TenantShown:
    return TenantShown(**_members(seen))


def _counted(seen: console.Seen) -> TenantCounted:
    return TenantCounted(**_members(seen), counts=_counts(seen))


def _members(seen: console.Seen) -> dict[str, Any]:
    row, place = seen.tenant, seen.place
    return {
        "tenant_id": row.tenant_id,
        "slug": row.slug,
        "name": row.name,
        "issuer": place.issuer,
        "hosts": list(place.hosts),
        "created_at": row.created_at,
        "disabled_at": row.disabled_at,
        "delete_at": row.delete_at,
    }


def _counts(seen: console.Seen) -> CountsShown:
    counts = seen.counts
    return CountsShown(
        users=counts.users,
        clients=counts.clients,
        authorizations=counts.authorizations,
        counted_to=seen.most,
    )
