"""The steps of `apply` for a tenant itself, its hosts, scopes and APIs."""

from consentry.operations import scopes as rules
from consentry.operations.apply_run import Run
from consentry.operations.domains import checked_domain, take_domain
from consentry.operations.errors import Refused
from consentry.operations.manifest import ApiEntry, TenantEntry
from consentry.operations.merge import changed_keys, merged
from consentry.operations.rows import with_changes
from consentry.operations.tenants import (
    checked_name,
    checked_settings,
    claim_tenant,
    make_tenant,
    outline,
)
from consentry.records.tenant import Api, Tenant
from consentry.tenancy.context import describe


async def claim(run: Run, number: int, entry: TenantEntry) -> None:
    """Make the tenant, or keep others from it and bring name and settings to what is asked."""
    with run.manifest.at(f"tenants[{number}]"):
        stored = await claim_tenant(run.store, entry.slug)
        if stored is None:
            stored = await make_tenant(run.deployment, entry.slug, store=run.store)
            run.changed("create", "tenant", entry.slug, entry.slug)
            is_new = True
        else:
            is_new = False
        tenant = _as_asked(run, entry, stored)
    keys = changed_keys(outline(stored), outline(tenant))
    if keys:
        await run.store.tenants.save(tenant)
        if not is_new:
            run.changed("update", "tenant", entry.slug, entry.slug, keys)
    run.tenants[entry.slug] = tenant


def _as_asked(run: Run, entry: TenantEntry, stored: Tenant) -> Tenant:
    name = run.wanted(entry, "name", entry.name, stored=stored.name, default=entry.slug)
    settings = stored.settings
    if run.prune or "settings" in entry.model_fields_set:
        # `settings: null` resets them all, as pruning resets those that are not named.
        resets = run.prune or entry.settings is None
        given = merged(stored.settings, _plain(entry), prune=resets)
        try:
            settings = checked_settings(run.deployment, given)
        except Refused as error:
            raise Refused(f"settings.{error.key}", error.reason) from None
    disabled_at = stored.disabled_at
    if "disabled" in entry.model_fields_set and bool(entry.disabled) != bool(disabled_at):
        disabled_at = run.deployment.clock() if entry.disabled else None
    return with_changes(stored, name=checked_name(name), settings=settings, disabled_at=disabled_at)


def _plain(entry: TenantEntry) -> dict[str, object]:
    """The settings given, under the names they are stored by."""
    return {
        "refresh_grace" if key == "refresh_grace_s" else key: value
        for key, value in (entry.settings or {}).items()
    }


async def remove_domains(run: Run, number: int, entry: TenantEntry) -> None:
    """Let go of the hosts that are not asked for."""
    if not run.prune and "domains" not in entry.model_fields_set:
        return
    configuration = run.store.inside(run.tenants[entry.slug].tenant_id).configuration
    kept = _asked_domains(run, number, entry)
    for row in await configuration.domains():
        if row.host not in kept:
            host = row.host
            await configuration.remove_domain(host)
            run.changed("delete", "domain", entry.slug, host)


async def add_domains(run: Run, number: int, entry: TenantEntry) -> None:
    """Take the hosts that are asked for, and look whether the issuer's is among all of them."""
    tenant = run.tenants[entry.slug]
    configuration = run.store.inside(tenant.tenant_id).configuration
    present = {row.host for row in await configuration.domains()}
    for place, host in enumerate(entry.domains or ()):
        with run.manifest.at(f"tenants[{number}].domains[{place}]"):
            name = checked_domain(run.deployment.settings.base_host, host)
            if name not in present:
                await take_domain(run.deployment, tenant.tenant_id, name)
                run.changed("create", "domain", entry.slug, name)
                present.add(name)
    with run.manifest.at(f"tenants[{number}].settings"):
        _check_issuer_host(run, tenant, present)


def _check_issuer_host(run: Run, tenant: Tenant, domains: set[str]) -> None:
    host = tenant.settings.get("issuer_host")
    own = f"{tenant.slug}.{run.deployment.settings.base_host}"
    if host is not None and host != own and host not in domains:
        raise Refused("issuer_host", f"{host} is none of the tenant's hosts")


def _asked_domains(run: Run, number: int, entry: TenantEntry) -> set[str]:
    asked = set()
    for place, host in enumerate(entry.domains or ()):
        with run.manifest.at(f"tenants[{number}].domains[{place}]"):
            asked.add(checked_domain(run.deployment.settings.base_host, host))
    return asked


async def scopes(run: Run, number: int, entry: TenantEntry) -> None:
    """Declare what is asked for; pruning undeclares the rest."""
    configuration = run.store.inside(run.tenants[entry.slug].tenant_id).configuration
    stored = {row.name: row.description for row in await configuration.scopes()}
    asked = {one.name for one in entry.scopes or ()}
    for name in stored if run.prune else ():
        if name not in asked:
            await configuration.remove_scope(name)
            run.changed("delete", "scope", entry.slug, name)
    for place, one in enumerate(entry.scopes or ()):
        text = run.wanted(
            one, "description", one.description, stored=stored.get(one.name, ""), default=""
        )
        with run.manifest.at(f"tenants[{number}].scopes[{place}]"):
            rules.check_scope(one.name, text)
        if stored.get(one.name) != text:
            await configuration.save_scope(one.name, text)
            is_new = one.name not in stored
            run.changed(
                "create" if is_new else "update",
                "scope",
                entry.slug,
                one.name,
                () if is_new else ("description",),
            )


async def apis(run: Run, number: int, entry: TenantEntry) -> None:
    """Declare the APIs asked for; pruning undeclares the rest."""
    tenant = run.tenants[entry.slug]
    configuration = run.store.inside(tenant.tenant_id).configuration
    domains = [row.host for row in await configuration.domains()]
    issuer = describe(run.deployment.settings.base_url, tenant, domains).issuer
    stored = {api.identifier: api for api in await configuration.apis()}
    asked = {one.identifier for one in entry.apis or ()}
    for identifier in stored if run.prune else ():
        if identifier not in asked:
            await configuration.remove_api(identifier)
            run.changed("delete", "api", entry.slug, identifier)
    for place, one in enumerate(entry.apis or ()):
        before = stored.get(one.identifier)
        with run.manifest.at(f"tenants[{number}].apis[{place}]"):
            api = _api_as_asked(run, tenant, one, before)
            rules.check_api(api, issuer)
        keys = changed_keys(before.model_dump() if before else {}, api.model_dump())
        if keys:
            await configuration.save_api(api)
            run.changed(
                "update" if before else "create",
                "api",
                entry.slug,
                one.identifier,
                keys if before else (),
            )


def _api_as_asked(run: Run, tenant: Tenant, entry: ApiEntry, stored: Api | None) -> Api:
    base = stored or Api(tenant_id=tenant.tenant_id, identifier=entry.identifier)
    lists = {}
    for key in ("scopes", "resource_servers"):
        given = getattr(entry, key)
        items = run.wanted(entry, key, given, stored=getattr(base, key).split(), default=[])
        lists[key] = rules.joined(key, items)
    for place, name in enumerate(lists["scopes"].split()):
        rules.check_scope_name(name, f"scopes[{place}]")
    plain = {
        key: run.wanted(
            entry,
            key,
            getattr(entry, key),
            stored=getattr(base, key),
            default="" if key == "name" else None,
        )
        for key in ("name", "access_token_format", "access_token_lifetime")
    }
    return with_changes(base, **lists, **plain)
