"""What operators see of tenants and do to them, beyond what the command line does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from consentry.operations import leaving, passwords, tenants, users
from consentry.operations.audit import audit_page
from consentry.operations.errors import Conflict
from consentry.operations.export import export
from consentry.operations.operators import Given, made_password
from consentry.operations.permissions import require
from consentry.operations.usage import lately
from consentry.operations.yaml_text import write
from consentry.records.audit import AuditRow
from consentry.records.tenant import Tenant
from consentry.store.overview import TenantCounts
from consentry.store.trail import AuditFilter
from consentry.tenancy.context import TenantContext, TenantInfo, describe, open_tenant

MANY: Final = 1_000
"""How far rows are counted for each tenant of a list."""
VERY_MANY: Final = 10_000
"""How far rows are counted for one tenant."""
LONGEST: Final = 200
NONE: Final = TenantCounts()
ADMIN: Final = "admin"


@dataclass(frozen=True, slots=True)
class Seen:
    """A tenant with what is in it; a count that reached `most` may be more.

    tokens: given in the last 24 hours.
    """

    tenant: Tenant
    place: TenantInfo
    counts: TenantCounts
    most: int
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class TenantPage:
    """Some tenants by slug. after: the cursor of the next page, None at the end."""

    tenants: Sequence[Seen]
    after: str | None


async def tenant_page(
    ctx: TenantContext, *, q: str = "", after: str = "", limit: int = 20
) -> TenantPage:
    """Tenants whose slug or name begins with `q`, those behind `after`. Raises Forbidden."""
    await require(ctx, "tenants.read")
    store = ctx.deployment.store
    rows = await store.tenant_lists.tenants(prefix=_asked(q), after=_asked(after), limit=limit + 1)
    shown = rows[:limit]
    ids = [row.tenant_id for row in shown]
    counts = await store.overview.counts(ids, now=ctx.now(), most=MANY)
    tokens = await store.usage.tokens(ids, lately(ctx.now()))
    base_url = ctx.deployment.settings.base_url
    return TenantPage(
        [
            Seen(
                row,
                describe(base_url, row, ()),
                counts.get(row.tenant_id, NONE),
                MANY,
                tokens.get(row.tenant_id, 0),
            )
            for row in shown
        ],
        after=shown[-1].slug if len(rows) > limit else None,
    )


def _asked(text: str) -> str:
    """What is searched for: nothing has a longer name, and none has NUL in it."""
    return text.replace("\0", "").strip()[:LONGEST]


async def see_tenant(ctx: TenantContext, slug: str) -> Seen:
    """One tenant with its hosts and what is in it. Raises Forbidden, NotFound."""
    await require(ctx, "tenants.read")
    store = ctx.deployment.store
    row = await tenants.get_tenant(store, slug)
    domains = [one.host for one in await store.inside(row.tenant_id).configuration.domains()]
    counts = await store.overview.counts([row.tenant_id], now=ctx.now(), most=VERY_MANY)
    tokens = await store.usage.tokens([row.tenant_id], lately(ctx.now()))
    place = describe(ctx.deployment.settings.base_url, row, domains)
    found = counts.get(row.tenant_id, NONE)
    return Seen(row, place, found, VERY_MANY, tokens.get(row.tenant_id, 0))


async def check_new_slug(ctx: TenantContext, slug: str) -> None:
    """Raises Refused or Conflict, with the reason, unless a tenant could be made by this slug."""
    await require(ctx, "tenants.read")
    tenants.check_slug(slug)
    if await ctx.deployment.store.tenants.by_slug(slug) is not None:
        raise Conflict("slug", f"there is a tenant {slug} already")


async def create_with_administrator(
    ctx: TenantContext, slug: str, name: str | None, username: str, email: str
) -> Given:
    """A new tenant and its first administrator, with a password made for them: both or neither.

    Raises Forbidden, Refused that names the key, or Conflict when the slug is taken.
    """
    await require(ctx, "tenants.write")
    tenants.check_slug(slug)
    users.checked_username(username)
    users.checked_email(email)
    password = made_password()
    phc = await passwords.hashed(ctx.deployment, password)
    async with ctx.deployment.store.begin() as store:
        deployment = replace(ctx.deployment, store=store)
        row = await tenants.create_tenant(deployment, slug, name, actor=ctx.actor)
        inside = (await open_tenant(deployment, row)).acting(ctx.actor)
        user = await users.create_user(
            inside, username, email=email, password_hash=phc, roles=(ADMIN,)
        )
    return Given(user, password)


async def add_administrator(ctx: TenantContext, slug: str, username: str, email: str) -> Given:
    """A new administrator of a tenant, with a password made for them.

    Raises Forbidden, NotFound, Refused that names the key, or Conflict when username or
    e-mail is taken.
    """
    await require(ctx, "tenants.write")
    row = await tenants.get_tenant(ctx.deployment.store, slug)
    inside = (await open_tenant(ctx.deployment, row)).acting(ctx.actor)
    password = made_password()
    user = await users.create_user(inside, username, email=email, password=password, roles=(ADMIN,))
    return Given(user, password)


async def manifest_of(ctx: TenantContext, slug: str) -> str:
    """A tenant as a manifest in YAML, secrets left out. Raises Forbidden, NotFound."""
    await require(ctx, "tenants.read")
    return write(await export(ctx.deployment, slug))


async def suspend_tenant(ctx: TenantContext, slug: str) -> None:
    """From now on its hosts answer 403. Raises Forbidden, NotFound."""
    await require(ctx, "tenants.write")
    await tenants.disable_tenant(ctx.deployment, slug, actor=ctx.actor)


async def enable_tenant(ctx: TenantContext, slug: str) -> None:
    """Its hosts answer again. Raises Forbidden, NotFound, or Conflict when it leaves."""
    await require(ctx, "tenants.write")
    await tenants.enable_tenant(ctx.deployment, slug, actor=ctx.actor)


async def dismiss_tenant(ctx: TenantContext, slug: str) -> None:
    """From now on its hosts answer 403; it is removed later. Raises Forbidden, NotFound."""
    await require(ctx, "tenants.write")
    await leaving.dismiss_tenant(ctx.deployment, slug, actor=ctx.actor)


async def restore_tenant(ctx: TenantContext, slug: str) -> None:
    """It stays after all. Raises Forbidden, NotFound, or Conflict when it is too late."""
    await require(ctx, "tenants.write")
    await leaving.restore_tenant(ctx.deployment, slug, actor=ctx.actor)


async def trail(
    ctx: TenantContext,
    slug: str = "",
    *,
    action: str = "",
    before: int | None = None,
    limit: int = 50,
) -> list[AuditRow]:
    """What happened in a tenant, or with no slug what the operators did; newest first.

    action: such events alone. before: a `seq`. Raises Forbidden, NotFound.
    """
    asked = AuditFilter(action=_asked(action) or None)
    if slug:
        row = await tenants.get_tenant(ctx.deployment.store, _asked(slug))
        ctx = (await open_tenant(ctx.deployment, row)).acting(ctx.actor)
    return await audit_page(ctx, asked, before=before, limit=limit)
