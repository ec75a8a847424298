"""How an app is used."""

from starlette.responses import Response

from consentry.operations.app_figures import app_use
from consentry_admin.portal.advice import meaning_of
from consentry_admin.portal.door import app_page, asked_for, for_developer
from consentry_admin.visit import Visit


@for_developer
async def show(visit: Visit) -> Response:
    """What counts now, and what was refused in the last two weeks."""
    app = await asked_for(visit)
    use = await app_use(visit.ctx, app.client_id)
    days = [(f"{day.day} {day:%b}", count) for day, count in use.days]
    return app_page(visit, app, "usage", use=use, days=days, meaning_of=meaning_of)
