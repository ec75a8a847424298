"""Suspending a tenant, and its end."""

from datetime import timedelta

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations import console
from consentry.operations.errors import Conflict
from consentry_admin.operator.tenants import TENANTS, page_of
from consentry_admin.visit import Visit, for_person


@for_person
async def ask_suspend(visit: Visit) -> Response:
    """What stops while it is suspended."""
    return await _asked(visit, "operator/suspend.html")


@for_person
async def suspend(visit: Visit) -> Response:
    """From now on its hosts answer 403."""
    await visit.form()
    slug = visit.parameter("slug")
    await console.suspend_tenant(visit.ctx, slug)
    return go(page_of(slug), done="suspended")


@for_person
async def ask_enable(visit: Visit) -> Response:
    """Whether it shall answer again."""
    return await _asked(visit, "operator/enable.html")


@for_person
async def enable(visit: Visit) -> Response:
    """Its hosts answer again."""
    await visit.form()
    slug = visit.parameter("slug")
    try:
        await console.enable_tenant(visit.ctx, slug)
    except Conflict as error:
        return await _asked(visit, "operator/enable.html", error.reason, status=409)
    return go(page_of(slug), done="tenant-enabled")


@for_person
async def ask_delete(visit: Visit) -> Response:
    """What ends, in numbers, and the slug to type."""
    return await _asked(visit, "operator/delete_tenant.html")


@for_person
async def delete(visit: Visit) -> Response:
    """Its hosts answer 403 and it leaves after the grace period, if its slug was typed."""
    form = await visit.form()
    slug = visit.parameter("slug")
    if (form.get("slug") or "").strip() != slug:
        return await _asked(
            visit, "operator/delete_tenant.html", f"Type {slug} to delete this tenant.", status=400
        )
    await console.dismiss_tenant(visit.ctx, slug)
    return go(TENANTS, done="dismissed")


@for_person
async def ask_restore(visit: Visit) -> Response:
    """Whether it shall stay."""
    return await _asked(visit, "operator/restore.html")


@for_person
async def restore(visit: Visit) -> Response:
    """It stays, as it was before."""
    await visit.form()
    slug = visit.parameter("slug")
    try:
        await console.restore_tenant(visit.ctx, slug)
    except Conflict as error:
        return await _asked(visit, "operator/restore.html", error.reason, status=409)
    return go(page_of(slug), done="restored")


async def _asked(
    visit: Visit, template: str, error: str | None = None, *, status: int = 200
) -> Response:
    seen = await console.see_tenant(visit.ctx, visit.parameter("slug"))
    grace = timedelta(seconds=visit.ctx.deployment.settings.tenant_grace)
    leaves = seen.tenant.delete_at or visit.ctx.now() + grace
    return visit.page(template, status=status, seen=seen, error=error, grace=grace, leaves=leaves)
