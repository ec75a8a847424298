"""All tenants, and each of them."""

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations import console
from consentry_admin.listing import Listing, address
from consentry_admin.visit import Visit, for_person

TENANTS = "/admin/tenants"


def page_of(slug: str) -> str:
    """The address of a tenant's page; a slug needs no escaping."""
    return f"{TENANTS}/{slug}"


@for_person
async def start(visit: Visit) -> Response:
    """The console begins with the tenants."""
    return go(TENANTS)


@for_person
async def show(visit: Visit) -> Response:
    """Tenants by slug, a page at a time; `q` begins a slug or a name, `after` is the cursor."""
    query = visit.request.query_params
    q, after = query.get("q", "").strip(), query.get("after", "")
    found = await console.tenant_page(visit.ctx, q=q, after=after)
    listing = Listing(
        TENANTS,
        found.tenants,
        q,
        previous=address(TENANTS, q=q) if after else None,
        next=address(TENANTS, q=q, after=found.after) if found.after else None,
    )
    return visit.page("operator/tenants.html", tenants=listing)


@for_person
async def show_one(visit: Visit) -> Response:
    """One tenant: where it is, what is in it, what can be done to it."""
    seen = await console.see_tenant(visit.ctx, visit.parameter("slug"))
    return visit.page("operator/tenant.html", seen=seen)


@for_person
async def download(visit: Visit) -> Response:
    """Its manifest, as a file."""
    slug = visit.parameter("slug")
    text = await console.manifest_of(visit.ctx, slug)
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{slug}.yaml"',
    }
    return Response(text, 200, headers, "application/yaml")
