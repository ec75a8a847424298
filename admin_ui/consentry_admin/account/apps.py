"""Connected apps: what each may do, since when, and taking it back."""

from urllib.parse import quote

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations import consents
from consentry.operations.errors import NotFound
from consentry_admin.account.views import app_view, history_view
from consentry_admin.listing import listed
from consentry_admin.visit import Visit, for_person

APPS = "/account/apps"


@for_person
async def show(visit: Visit) -> Response:
    """All of them, searched and sorted; those that were withdrawn below."""
    found = await consents.connected_apps(visit.ctx, visit.user.user_id, withdrawn=True)
    connected = [app_view(visit.ctx, app) for app in found if app.is_connected]
    return visit.page(
        "account/apps.html",
        apps=listed(
            visit.request,
            connected,
            text=lambda app: f"{app['name']} {app['host']}",
            sorts={
                "name": lambda app: app["name"].casefold(),
                "since": lambda app: app["since"],
                "used": lambda app: app["last_used"] or app["since"],
            },
        ),
        count=len(connected),
        withdrawn=[app_view(visit.ctx, app) for app in found if not app.is_connected],
    )


@for_person
async def show_app(visit: Visit) -> Response:
    """One app with its permissions and the history of what was decided."""
    found = await _asked_for(visit)
    return visit.page(
        "account/app.html", app=app_view(visit.ctx, found), history=history_view(visit.ctx, found)
    )


@for_person
async def ask(visit: Visit) -> Response:
    """What ends if the app, or with `scope` one permission of it, is withdrawn."""
    found = await _asked_for(visit)
    app, name = app_view(visit.ctx, found), visit.request.query_params.get("scope")
    if not found.is_connected:
        raise NotFound("app", found.client.client_id)
    if name is None:
        return visit.page("account/withdraw_app.html", app=app)
    scope = next((one for one in app["scopes"] if one["name"] == name), None)
    if scope is None:
        raise NotFound("permission", name)
    return visit.page("account/withdraw_scope.html", app=app, scope=scope)


@for_person
async def withdraw(visit: Visit) -> Response:
    """Take the app, or the permission in `scope`, back; it holds from now on."""
    form = await visit.form()
    client_id, name = visit.parameter("client_id"), form.get("scope")
    if name is None:
        await consents.withdraw_app(visit.ctx, visit.user.user_id, client_id)
        return go(APPS, done="app")
    await consents.withdraw_scope(visit.ctx, visit.user.user_id, client_id, name)
    return go(f"{APPS}/{quote(client_id, safe='')}", done="scope")


async def _asked_for(visit: Visit) -> consents.ConnectedApp:
    client_id = visit.parameter("client_id")
    return await consents.connected_app(visit.ctx, visit.user.user_id, client_id)
