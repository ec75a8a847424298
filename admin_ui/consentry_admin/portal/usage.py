"""How an app is used."""

from starlette.responses import Response

from consentry.operations.app_figures import app_use
from consentry.operations.usage import use_of
from consentry_admin.counts import as_file, charts_of, span_of
from consentry_admin.portal.advice import meaning_of
from consentry_admin.portal.door import app_page, asked_for, for_developer
from consentry_admin.visit import Visit


@for_developer
async def show(visit: Visit) -> Response:
    """What it asked for and was given by day or hour, and what counts now."""
    app = await asked_for(visit)
    held = await app_use(visit.ctx, app.client_id)
    use = await use_of(visit.ctx, app.client_id, by=span_of(visit))
    charts = charts_of(use)
    return app_page(visit, app, "usage", held=held, use=use, charts=charts, meaning_of=meaning_of)


@for_developer
async def download(visit: Visit) -> Response:
    """The numbers behind the charts."""
    app = await asked_for(visit)
    return await as_file(visit, app.client_id, "usage")
