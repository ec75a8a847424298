"""How the tenant is used, by all of its apps together."""

from starlette.responses import Response

from consentry.operations.usage import use_of
from consentry_admin.counts import as_file, charts_of, span_of
from consentry_admin.portal.advice import meaning_of
from consentry_admin.tenant.door import for_administrator
from consentry_admin.visit import Visit


@for_administrator
async def show(visit: Visit) -> Response:
    """What was asked for and given, and who came, by day or hour."""
    use = await use_of(visit.ctx, by=span_of(visit))
    charts = charts_of(use)
    return visit.page("tenant/usage.html", use=use, charts=charts, meaning_of=meaning_of)


@for_administrator
async def download(visit: Visit) -> Response:
    """The numbers behind the charts."""
    return await as_file(visit, None, "usage")
