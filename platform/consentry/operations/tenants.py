"""Tenants: made, changed, disabled, removed."""

import re
from collections.abc import AsyncIterator, Mapping
from secrets import token_bytes
from typing import Any, Final
from uuid import uuid4

from pydantic import ValidationError

from consentry.operations.errors import Conflict, NotFound, Refused, refusal
from consentry.operations.rows import with_changes
from consentry.operations.signature_methods import check_signature_methods
from consentry.records.key import TenantKey
from consentry.records.policy import Policy
from consentry.records.tenant import Tenant
from consentry.store.ports import Duplicate, Store
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
    store: Store | None = None,
) -> Tenant:
    """A new tenant with its data and subject keys; signing keys come when first needed.

    name: shown to people, the slug when omitted. store: a transaction to take part in.
    Raises Refused, or Conflict when the slug is taken.
    """
    check_slug(slug)
    now, store = deployment.clock(), store or deployment.store
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
        async with store.begin() as joined:
            await joined.tenants.save(tenant)
            for purpose in KEY_PURPOSES:
                await joined.inside(tenant.tenant_id).keys.add_tenant_key(
                    _first_key(deployment, tenant, purpose)
                )
    except Duplicate as error:
        raise Conflict("slug", f"there is a tenant {slug} already") from error
    return tenant


def _first_key(deployment: Deployment, tenant: Tenant, purpose: str) -> TenantKey:
    wrapped = deployment.root_keys.wrap(tenant.tenant_id.bytes, purpose, 1, token_bytes(KEY_BYTES))
    return TenantKey(
        tenant_id=tenant.tenant_id,
        purpose=purpose,
        version=1,
        wrapped=wrapped,
        created_at=tenant.created_at,
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


async def disable_tenant(deployment: Deployment, slug: str) -> Tenant:
    """From now on its hosts answer 403. Raises NotFound."""
    return await _set_disabled(deployment, slug, disabled=True)


async def enable_tenant(deployment: Deployment, slug: str) -> Tenant:
    """Its hosts answer again. Raises NotFound."""
    return await _set_disabled(deployment, slug, disabled=False)


async def _set_disabled(deployment: Deployment, slug: str, *, disabled: bool) -> Tenant:
    tenant = await get_tenant(deployment.store, slug)
    if (tenant.disabled_at is not None) != disabled:
        changed = with_changes(tenant, disabled_at=deployment.clock() if disabled else None)
        await deployment.store.tenants.save(changed)
        return changed
    return tenant


async def delete_tenant(deployment: Deployment, slug: str) -> None:
    """Remove it and everything in it, for good. Raises NotFound."""
    tenant = await get_tenant(deployment.store, slug)
    await deployment.store.tenants.delete(tenant.tenant_id)


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
