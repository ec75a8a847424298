"""Where the tenant answers."""

from starlette.responses import Response

from consentry.operations.domains import list_domains
from consentry_admin.tenant.door import for_administrator
from consentry_admin.visit import Visit


@for_administrator
async def show(visit: Visit) -> Response:
    """Its hosts, the issuer's first."""
    since = {one.host: one.created_at for one in await list_domains(visit.ctx)}
    info = visit.ctx.tenant
    rows = [
        {"host": host, "since": since.get(host, since.get(host.partition(":")[0]))}
        for host in info.hosts
    ]
    return visit.page("tenant/domains.html", hosts=rows, issuer=info.issuer)
