"""Suspending a tenant, and its end."""

from datetime import timedelta

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations import console
from consentry.operations.errors import Refused
from consentry.spec.forms import Form
from consentry_admin.operator.tenants import TENANTS, page_of
from consentry_admin.question import Act, Show, question
from consentry_admin.visit import Visit, for_person


async def _suspend(visit: Visit, form: Form) -> Response:
    """From now on its hosts answer 403."""
    slug = visit.parameter("slug")
    await console.suspend_tenant(visit.ctx, slug)
    return go(page_of(slug), done="suspended")


async def _enable(visit: Visit, form: Form) -> Response:
    """Its hosts answer again."""
    slug = visit.parameter("slug")
    await console.enable_tenant(visit.ctx, slug)
    return go(page_of(slug), done="tenant-enabled")


async def _delete(visit: Visit, form: Form) -> Response:
    """Its hosts answer 403 and it leaves after the grace period, if its slug was typed."""
    slug = visit.parameter("slug")
    if (form.get("slug") or "").strip() != slug:
        raise Refused("slug", f"Type {slug} to delete this tenant.")
    await console.dismiss_tenant(visit.ctx, slug)
    return go(TENANTS, done="dismissed")


async def _restore(visit: Visit, form: Form) -> Response:
    """It stays, as it was before."""
    slug = visit.parameter("slug")
    await console.restore_tenant(visit.ctx, slug)
    return go(page_of(slug), done="restored")


def _asked(template: str) -> Show:
    """What stops, ends or begins again."""

    async def show(visit: Visit, error: str | None, status: int) -> Response:
        seen = await console.see_tenant(visit.ctx, visit.parameter("slug"))
        grace = timedelta(seconds=visit.ctx.deployment.settings.tenant_grace)
        leaves = seen.tenant.delete_at or visit.ctx.now() + grace
        return visit.page(
            f"operator/{template}.html",
            status=status,
            seen=seen,
            error=error,
            grace=grace,
            leaves=leaves,
        )

    return show


_QUESTIONS: dict[str, tuple[str, Act]] = {
    "suspend": ("suspend", _suspend),
    "enable": ("enable", _enable),
    "delete": ("delete_tenant", _delete),
    "restore": ("restore", _restore),
}
ENDINGS = {
    name: question(for_person, _asked(template), act)
    for name, (template, act) in _QUESTIONS.items()
}
"""The pages below a tenant's own."""
