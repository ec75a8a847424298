"""What an app's owner may regret: switching it off, and its end."""

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations.app_figures import ending_of
from consentry.operations.clients import delete_client, disable_client, enable_client
from consentry_admin.portal.door import HOME, app_page, asked_for, for_developer
from consentry_admin.visit import Visit


@for_developer
async def show(visit: Visit) -> Response:
    """Disable, enable, delete, each with what it does."""
    return await _page(visit, "danger")


@for_developer
async def ask_disable(visit: Visit) -> Response:
    """What stops."""
    return await _page(visit, "disable")


@for_developer
async def disable(visit: Visit) -> Response:
    """It can do nothing from the next request on."""
    app, _ = await asked_for(visit), await visit.form()
    await disable_client(visit.ctx, app.client_id)
    return go(f"{app.href}/danger", done="disabled")


@for_developer
async def ask_enable(visit: Visit) -> Response:
    """What begins again."""
    return await _page(visit, "enable")


@for_developer
async def enable(visit: Visit) -> Response:
    """It may act again."""
    app, _ = await asked_for(visit), await visit.form()
    await enable_client(visit.ctx, app.client_id)
    return go(f"{app.href}/danger", done="enabled")


@for_developer
async def ask_delete(visit: Visit) -> Response:
    """What ends, in numbers."""
    return await _page(visit, "delete")


@for_developer
async def delete(visit: Visit) -> Response:
    """Remove it with all that hangs on it; nothing brings it back."""
    app, _ = await asked_for(visit), await visit.form()
    await delete_client(visit.ctx, app.client_id)
    return go(HOME, done="deleted")


async def _page(visit: Visit, template: str) -> Response:
    app = await asked_for(visit)
    ending = await ending_of(visit.ctx, app.client_id)
    return app_page(visit, app, template, ending=ending)
