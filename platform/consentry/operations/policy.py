"""A tenant's policy: read, changed, and tried on the clients before it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from consentry.operations.audit import differences
from consentry.operations.errors import NotFound
from consentry.operations.merge import merged
from consentry.operations.permissions import require
from consentry.operations.tenants import checked_settings, update_tenant
from consentry.records.client import ClientRow
from consentry.records.policy import Policy
from consentry.records.tenant import Tenant
from consentry.spec.client_metadata import ClientMetadata
from consentry.tenancy.context import TenantContext

PAGE: Final = 500
MOST: Final = 100
"""The most clients a dry run names."""
LOOKED_BACK: Final = timedelta(days=30)


async def get_policy(ctx: TenantContext) -> Policy:
    """The policy as stored now, defaults filled in. Raises Forbidden."""
    await require(ctx, "policy.read")
    return Policy.model_validate((await _stored(ctx)).settings)


async def update_policy(ctx: TenantContext, given: Mapping[str, Any]) -> Policy:
    """The policy with what is given changed; what is not given stays, null is the default.

    Raises Forbidden, or Refused that names the key.
    """
    await require(ctx, "policy.write")
    settings = merged((await _stored(ctx)).settings, given, prune=False)
    return Policy.model_validate((await update_tenant(ctx, settings=settings)).settings)


async def change_brand(ctx: TenantContext, name: str, accent: str | None) -> None:
    """The name and the accent colour people see, both or neither.

    accent: `#rrggbb`, None for the colour of the house. Raises Forbidden, or Refused that names
    the key.
    """
    await require(ctx, "policy.write")
    settings = merged((await _stored(ctx)).settings, {"accent": accent}, prune=False)
    await update_tenant(ctx, name=name, settings=settings)


async def _stored(ctx: TenantContext) -> Tenant:
    found = await ctx.deployment.store.tenants.get(ctx.tenant.tenant_id)
    if found is None:
        raise NotFound("tenant", ctx.tenant.slug)
    return found


@dataclass(frozen=True, slots=True)
class Affected:
    """A client that would be refused what it could do before. last_used_at: None if never."""

    client_id: str
    client_name: str
    reasons: tuple[str, ...]
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a change of policy would do. changed: by key, from and to.

    affected: the first hundred by id. has_more: whether there are others.
    """

    changed: Mapping[str, Any]
    looked_at: int
    affected: tuple[Affected, ...]
    has_more: bool


async def dry_run(ctx: TenantContext, given: Mapping[str, Any]) -> DryRun:
    """What `update_policy` would change, and for which clients; nothing is changed.

    Looked at is what clients are registered for, and for PKCE what they sent these last 30
    days. Raises Forbidden, or Refused that names the key.
    """
    await require(ctx, "policy.write")
    stored = (await _stored(ctx)).settings
    before = Policy.model_validate(stored)
    settings = checked_settings(ctx.deployment, merged(stored, given, prune=False))
    after = Policy.model_validate(settings)
    without_pkce: frozenset[str] = frozenset()
    if after.require_pkce and not before.require_pkce:
        without_pkce = await ctx.store.lists.without_pkce(ctx.now() - LOOKED_BACK)
    affected: list[tuple[ClientRow, tuple[str, ...]]] = []
    looked_at, cursor = 0, ""
    while page := await ctx.store.lists.clients(after=cursor, limit=PAGE):
        looked_at, cursor = looked_at + len(page), page[-1].client_id
        for row in page:
            reasons = (*_reasons(before, after, row.metadata_),)
            if row.client_id in without_pkce:
                reasons = (*reasons, "require_pkce: it sent no code_challenge lately")
            if reasons and len(affected) <= MOST:
                affected.append((row, reasons))
    named = [await _named(ctx, row.client_id, row.metadata_, why) for row, why in affected[:MOST]]
    changed = differences(before.model_dump(mode="json"), after.model_dump(mode="json"))
    return DryRun(changed, looked_at, tuple(named), len(affected) > MOST)


def _reasons(before: Policy, after: Policy, metadata: Mapping[str, Any]) -> Iterator[str]:
    """Why a client would lose something, by the key of the policy. Reads metadata as stored."""
    protocols = metadata.get("protocols", ("oauth2",))
    if "oauth2" in protocols:
        lost = set[str](before.grant_types_supported) - set[str](after.grant_types_supported)
        for name in metadata.get("grant_types", ("authorization_code",)):
            if name in lost:
                yield f"grant_types_supported: it is registered for {name}"
    if "oauth1" in protocols:
        methods = metadata.get("oauth1_signature_methods", _METHODS)
        had, has = _offered(before, methods), _offered(after, methods)
        if unsigned := had - has:
            kept = "" if has else ", and has no other"
            yield f"oauth1_signature_methods: it may sign by {', '.join(sorted(unsigned))}{kept}"


_METHODS: Final[tuple[str, ...]] = ClientMetadata.model_fields["oauth1_signature_methods"].default


def _offered(policy: Policy, methods: Any) -> set[str]:
    listed = policy.oauth1_signature_methods
    return {one for one in methods if listed is None or one in listed}


async def _named(
    ctx: TenantContext, client_id: str, metadata: Mapping[str, Any], reasons: tuple[str, ...]
) -> Affected:
    uses = await ctx.store.lists.uses(client_id=client_id, limit=5)
    last = max((use.last_used_at for use in uses), default=None)
    name = metadata.get("client_name") or client_id
    return Affected(client_id, name, reasons, last)
