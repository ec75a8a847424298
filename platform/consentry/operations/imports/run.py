"""One import, in one transaction."""

from collections.abc import AsyncIterator, Mapping
from typing import Final, TypeVar

from consentry.operations.audit import append, event
from consentry.operations.errors import NotFound, Refused
from consentry.operations.imports import clients
from consentry.operations.imports.authlib_oauth1 import AuthlibOAuth1
from consentry.operations.imports.authlib_oauth2 import AuthlibOAuth2
from consentry.operations.imports.django_oauth2_provider import DjangoOAuth2Provider
from consentry.operations.imports.found import FoundClient, Options, Role, Shape, Source
from consentry.operations.imports.people import People
from consentry.operations.imports.report import Report
from consentry.operations.imports.tokens import Tokens
from consentry.operations.permissions import require_operator
from consentry.operations.tenants import claim_tenant
from consentry.records.client import Client
from consentry.records.tenant import Tenant
from consentry.store.ports import Store
from consentry.tenancy.actor import SYSTEM, Actor
from consentry.tenancy.context import TenantContext, open_tenant
from consentry.tenancy.deployment import Deployment

Found = TypeVar("Found")
SHAPES: Final[Mapping[str, Shape]] = {
    "django-oauth2-provider": DjangoOAuth2Provider(),
    "authlib-oauth1": AuthlibOAuth1(),
    "authlib-oauth2": AuthlibOAuth2(),
}


class _NotThisTime(Exception):
    """Ends the transaction of a dry run without a trace."""


async def import_from(
    deployment: Deployment,
    slug: str,
    shape: Shape,
    source: Source,
    options: Options,
    *,
    dry_run: bool = False,
    actor: Actor = SYSTEM,
) -> Report:
    """Bring another product's data to a tenant: everything, or nothing if an error is raised.

    What is there already stays as it is, so a second import changes nothing.
    Raises Forbidden, NotFound for the tenant, Refused for a table that is missing.
    """
    require_operator(actor, "tenants.write")
    report = Report()
    tables = await _tables(shape, source, options)
    try:
        async with deployment.store.begin() as store:
            # Two imports at once would each find the other's tokens missing.
            tenant = await claim_tenant(store, slug)
            if tenant is None:
                raise NotFound("tenant", slug)
            await _everything(deployment, store, tenant, shape, source, tables, options, report)
            if dry_run or not report.changed:
                raise _NotThisTime
            await _record(deployment, store, tenant, actor, report)
    except _NotThisTime:
        pass
    return report


async def _record(
    deployment: Deployment, store: Store, tenant: Tenant, actor: Actor, report: Report
) -> None:
    counts = {name: value for name, value in report.to_dict().items() if name != "notes"}
    done = event(actor, deployment.clock(), "import.run", ("tenant", tenant.slug), counts)
    await append(store, tenant.tenant_id, [done])


async def _tables(shape: Shape, source: Source, options: Options) -> dict[Role, str]:
    """The table of each role; one of people may be missing, and then nobody is found."""
    found: dict[Role, str] = {}
    for role, usual in shape.tables.items():
        named = options.tables.get(role)
        for name in (named,) if named else usual:
            if await source.columns(name):
                found[role] = name
                break
        else:
            if named or role != "users":
                tried = named or " or ".join(usual)
                raise Refused(f"--{role.replace('_', '-')}-table", f"no table {tried}")
    return found


async def _everything(
    deployment: Deployment,
    store: Store,
    tenant: Tenant,
    shape: Shape,
    source: Source,
    tables: Mapping[Role, str],
    options: Options,
    report: Report,
) -> None:
    found = [one async for one in _readable(_found_clients(shape, source, tables, options))]
    ctx = await open_tenant(deployment, tenant, store=store)
    report.scopes = clients.new_scopes(ctx, found, report)
    for name in report.scopes:
        await ctx.store.configuration.save_scope(name, "")
    if report.scopes:
        ctx = await open_tenant(deployment, tenant, store=store)
    here = await _clients(ctx, found, shape.protocol, report)
    people = People(ctx, source, tables.get("users"), options, report)
    tokens = Tokens(ctx, here, people, report)
    async for found_tokens in _readable(shape.tokens(source, tables, options)):
        await tokens.bring(found_tokens)


async def _found_clients(
    shape: Shape, source: Source, tables: Mapping[Role, str], options: Options
) -> AsyncIterator[FoundClient]:
    async for page in source.pages(tables["clients"]):
        for row in page:
            yield shape.client(row, options)


async def _readable(found: AsyncIterator[Found]) -> AsyncIterator[Found]:
    """What a shape found. Raises Refused for a row it cannot read; no value is in the text."""
    try:
        async for one in found:
            yield one
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        what = f"no column {error}" if isinstance(error, KeyError) else "a value of another type"
        raise Refused("--from", f"the source has other tables than these: {what}") from None


async def _clients(
    ctx: TenantContext, found: list[FoundClient], protocol: str, report: Report
) -> dict[str, Client]:
    here = {}
    for one in found:
        client = await clients.bring(ctx, one, protocol, report)
        if client is not None:
            here[one.reference] = client
    return here
