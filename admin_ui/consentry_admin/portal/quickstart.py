"""From nothing to a first request: code for the app as it is registered."""

from starlette.responses import Response

from consentry_admin.portal.door import app_page, asked_for, for_developer
from consentry_admin.portal.snippets import KEY, snippets_for
from consentry_admin.visit import Visit


@for_developer
async def show(visit: Visit) -> Response:
    """One program, and the way to the others: `with` names it."""
    app, issuer = await asked_for(visit), visit.ctx.issuer
    found = snippets_for(app.client, issuer)
    wanted = visit.request.query_params.get("with")
    shown = next((one for one in found if one.name == wanted), found[0] if found else None)
    metadata = app.metadata
    return app_page(
        visit,
        app,
        "quickstart",
        snippets=found,
        shown=shown,
        issuer=issuer,
        is_public=metadata.is_public,
        by_key=metadata.token_endpoint_auth_method == KEY,
    )
