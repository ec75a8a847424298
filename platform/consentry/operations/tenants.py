"""Tenants: made, changed, disabled."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from secrets import token_bytes
from typing import Any, Final
from uuid import uuid4

from pydantic import ValidationError

from consentry.operations.audit import append, differences, event, record, record_for_operators
from consentry.operations.changing import changing
from consentry.operations.errors import Conflict, NotFound, Refused, refusal
from consentry.operations.permissions import require, require_operator
from consentry.operations.rows import with_changes
from consentry.operations.signature_methods import check_signature_methods
from consentry.records.key import TenantKey
from consentry.records.policy import Policy
from consentry.records.tenant import Tenant
from consentry.store.ports import Duplicate, Store
from consentry.tenancy.actor import SYSTEM, Actor
from consentry.tenancy.context import TenantContext
from consentry.tenancy.deployment import Deployment

RESERVED_SLUGS: Final = frozenset({"www", "admin", "api", "id", "auth", "login", "static"})
KEY_PURPOSES: Final = ("data", "subject")
KEY_BYTES: Final = 32
MAX_NAME: Final = 200
PAGE: Final = 500
# One DNS label (RFC 1123 §2.1). `--` in third place is kept for xn-- and its kin (RFC 5891
# §4.2.3.1): such a slug would be shown as other letters than it has.
_SLUG = re.compile(r"(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


async def create_tenant(
    deployment: Deployment,
    slug: str,
    name: str | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    actor: Actor = SYSTEM,
) -> Tenant:
    """A new tenant with its data and subject keys; signing keys come when first needed.

    name: shown to people, the slug when omitted. Raises Forbidden, Refused, or Conflict when
    the slug is taken.
    """
    require_operator(actor, "tenants.write")
    async with deployment.store.begin() as store:
        tenant = await make_tenant(deployment, slug, name, settings=settings, store=store)
        _check_host(deployment, tenant, [])
        await record_tenant(deployment, store, actor, tenant, "tenant.create")
    return tenant


async def make_tenant(
    deployment: Deployment,
    slug: str,
    name: str | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    store: Store,
) -> Tenant:
    """The same in a transaction, `store`, that records by itself. Raises Refused, Conflict."""
    check_slug(slug)
    now = deployment.clock()
    if await store.tenants.by_slug(slug) is not None:
        raise Conflict("slug", f"there is a tenant {slug} already")
    tenant = Tenant(
        tenant_id=uuid4(),
        slug=slug,
        name=checked_name(slug if name is None else name),
        settings=checked_settings(deployment, settings or {}),
        created_at=now,
        changed_at=now,
    )
    try:
        await store.tenants.save(tenant)
        for purpose in KEY_PURPOSES:
            key = _first_key(deployment, tenant, purpose)
            await store.inside(tenant.tenant_id).keys.add_tenant_key(key)
    except Duplicate as error:
        raise Conflict("slug", f"there is a tenant {slug} already") from error
    return tenant


async def record_tenant(
    deployment: Deployment, store: Store, actor: Actor, tenant: Tenant, action: str
) -> None:
    """Note what happened to a tenant as a whole: in its own trail and, last, the operators'."""
    now, target = deployment.clock(), ("tenant", tenant.slug)
    await append(store, tenant.tenant_id, [event(actor, now, action, target)])
    await record_for_operators(store, actor, now, action, target=target)


def _first_key(deployment: Deployment, tenant: Tenant, purpose: str) -> TenantKey:
    wrapped = deployment.root_keys.wrap(tenant.tenant_id.bytes, purpose, 1, token_bytes(KEY_BYTES))
    return TenantKey(
        tenant_id=tenant.tenant_id,
        purpose=purpose,
        version=1,
        wrapped=wrapped,
        created_at=tenant.created_at,
        active_at=tenant.created_at if purpose == "data" else None,
    )


async def get_tenant(store: Store, slug: str) -> Tenant:
    """The tenant of a slug. Raises NotFound."""
    found = await store.tenants.by_slug(slug)
    if found is None:
        raise NotFound("tenant", slug)
    return found


async def each_tenant(store: Store) -> AsyncIterator[Tenant]:
    """Every tenant by slug, read page by page."""
    page = await store.tenants.page(limit=PAGE)
    while page:
        for tenant in page:
            yield tenant
        page = await store.tenants.page(after=page[-1].slug, limit=PAGE)


async def claim_tenant(store: Store, slug: str) -> Tenant | None:
    """The tenant of a slug, kept from others until the transaction `store` ends; None if unknown.

    Its audit trail comes first, as in every change of it: who waits for that holds nothing.
    """
    found = await store.tenants.by_slug(slug)
    if found is None:
        return None
    await store.inside(found.tenant_id).audit.claim()
    return await store.tenants.claim(slug)


async def update_tenant(
    ctx: TenantContext, *, name: str | None = None, settings: Mapping[str, Any] | None = None
) -> Tenant:
    """The tenant with another name, or with these settings in place of all it had.

    Raises Forbidden, or Refused that names the key.
    """
    await require(ctx, "policy.write")
    async with changing(ctx) as inner:
        stored = await get_tenant(inner.deployment.store, ctx.tenant.slug)
        wanted = with_changes(
            stored,
            name=stored.name if name is None else checked_name(name),
            settings=stored.settings
            if settings is None
            else checked_settings(ctx.deployment, settings),
        )
        await check_issuer_host(inner, wanted)
        changed = differences(outline(stored), outline(wanted))
        if changed:
            await inner.deployment.store.tenants.save(with_changes(wanted))
            target = ("tenant", ctx.tenant.slug)
            await record(inner, "tenant.update", target=target, detail={"changed": changed})
    return wanted


def outline(tenant: Tenant) -> dict[str, object]:
    """What of a tenant may be changed, by the names people know."""
    settings = {f"settings.{key}": value for key, value in tenant.settings.items()}
    return {"name": tenant.name, "disabled": tenant.disabled_at is not None, **settings}


async def check_issuer_host(ctx: TenantContext, tenant: Tenant) -> None:
    """Raises Refused unless the issuer's host, if one is chosen, is the tenant's."""
    if tenant.settings.get("issuer_host") is not None:
        domains = [one.host for one in await ctx.store.configuration.domains()]
        _check_host(ctx.deployment, tenant, domains)


def _check_host(deployment: Deployment, tenant: Tenant, domains: Sequence[str]) -> None:
    host = tenant.settings.get("issuer_host")
    own = f"{tenant.slug}.{deployment.settings.base_host}"
    if host is not None and host not in (own, *domains):
        raise Refused("issuer_host", f"{host} is none of the tenant's hosts")


async def disable_tenant(deployment: Deployment, slug: str, *, actor: Actor = SYSTEM) -> Tenant:
    """From now on its hosts answer 403. Raises NotFound, Forbidden."""
    return await _set_disabled(deployment, slug, actor, disabled=True)


async def enable_tenant(deployment: Deployment, slug: str, *, actor: Actor = SYSTEM) -> Tenant:
    """Its hosts answer again. Raises NotFound, Forbidden, or Conflict when it is to be deleted."""
    return await _set_disabled(deployment, slug, actor, disabled=False)


async def _set_disabled(
    deployment: Deployment, slug: str, actor: Actor, *, disabled: bool
) -> Tenant:
    require_operator(actor, "tenants.write")
    async with deployment.store.begin() as store:
        tenant = await claim_tenant(store, slug)
        if tenant is None:
            raise NotFound("tenant", slug)
        if tenant.delete_at is not None and not disabled:
            raise Conflict("disabled", f"{slug} is to be deleted: restore it instead")
        if (tenant.disabled_at is not None) != disabled:
            tenant = with_changes(tenant, disabled_at=deployment.clock() if disabled else None)
            await store.tenants.save(with_changes(tenant))
            action = "tenant.disable" if disabled else "tenant.enable"
            await record_tenant(deployment, store, actor, tenant, action)
    return tenant


def check_slug(slug: str) -> None:
    """Raises Refused unless the slug can stand in front of the base host."""
    if not _SLUG.fullmatch(slug):
        raise Refused(
            "slug", "must be 1 to 63 of a-z, 0-9 and -, with no - at either end or in xn-- style"
        )
    if slug in RESERVED_SLUGS:
        raise Refused("slug", f"{slug} is reserved")


def checked_name(name: str) -> str:
    """A name people read. Raises Refused."""
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise Refused("name", f"must be 1 to {MAX_NAME} characters that can be shown")
    return name


def checked_settings(deployment: Deployment, given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as they are stored: those that were set, in plain JSON. Raises Refused."""
    try:
        policy = Policy.model_validate(dict(given))
    except ValidationError as error:
        raise refusal(error) from None
    check_signature_methods(deployment, policy.oauth1_signature_methods or ())
    return policy.model_dump(mode="json", exclude_unset=True)
