"""What an app is registered with: name, addresses, scope, signature methods."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations.clients import update_client
from consentry.operations.errors import Conflict, Refused
from consentry.spec.errors import InvalidScope
from consentry_admin.portal import permissions
from consentry_admin.portal.apps import METHOD, OFFERED, methods_view
from consentry_admin.portal.door import App, app_page, asked_for, for_developer
from consentry_admin.portal.redirects import checked, lines_of
from consentry_admin.visit import Visit

TEXTS = ("client_name", "client_uri", "policy_uri", "tos_uri")
LOGOUT = ("backchannel_logout_uri", "frontchannel_logout_uri")
NAMED_SESSION = "frontchannel_logout_session_required"
LISTS = ("redirect_uris", "post_logout_redirect_uris")


@for_developer
async def show(visit: Visit) -> Response:
    """The form with what is registered."""
    app = await asked_for(visit)
    values = {name: getattr(app.metadata, name) or "" for name in (*TEXTS, *LOGOUT)}
    values[NAMED_SESSION] = "on" if app.metadata.frontchannel_logout_session_required else ""
    values |= {name: "\n".join(getattr(app.metadata, name)) for name in LISTS}
    values["scope"] = str(app.client.scope)
    return _form(visit, app, values, set(app.client.scope), app.metadata.oauth1_signature_methods)


@for_developer
async def submit(visit: Visit) -> Response:
    """Register what the form says; what it does not mention stays."""
    app, form = await asked_for(visit), await visit.form()
    try:
        check_version(app, form)
        await update_client(visit.ctx, app.client_id, _metadata(visit, app, form))
    except Refused as refusal:
        return _refused(visit, app, form, refusal)
    except InvalidScope as error:
        return _refused(visit, app, form, Refused("scope", error.description))
    return go(f"{app.href}/settings", done="saved")


def check_version(app: App, form: Mapping[str, str]) -> None:
    """Raises Conflict when somebody changed the app since the form was shown."""
    if form.get("version") != app.version:
        raise Conflict("", "the app was changed meanwhile; look at it again before you save")


def _metadata(visit: Visit, app: App, form: Mapping[str, str]) -> dict[str, Any]:
    metadata = dict(app.stored.row.metadata_)
    for name in TEXTS:
        metadata[name] = (form.get(name) or "").strip() or None
    metadata["redirect_uris"] = lines_of(form.get("redirect_uris"))
    if not app.kind.is_oauth1:
        metadata["post_logout_redirect_uris"] = lines_of(form.get("post_logout_redirect_uris"))
        metadata |= {name: (form.get(name) or "").strip() or None for name in LOGOUT}
        metadata[NAMED_SESSION] = NAMED_SESSION in form
    kept = permissions.unoffered(visit.ctx, app.client.scope, personal=app.kind.is_personal)
    metadata["scope"] = permissions.chosen_of(form, kept)
    if app.signs:
        metadata["oauth1_signature_methods"] = _methods(app, form)
    return metadata


def _methods(app: App, form: Mapping[str, str]) -> list[str]:
    """Those chosen, and those of the deployment's own, which no form offers."""
    own = [one for one in app.metadata.oauth1_signature_methods if one not in OFFERED]
    return [one for one in OFFERED if METHOD + one in form] + own


def _refused(visit: Visit, app: App, form: Mapping[str, str], refusal: Refused) -> Response:
    values = {
        name: form.get(name) or "" for name in (*TEXTS, *LOGOUT, NAMED_SESSION, *LISTS, "scope")
    }
    chosen = {name.removeprefix(permissions.PREFIX) for name in form}
    methods = {name.removeprefix(METHOD) for name in form}
    return _form(visit, app, values, chosen, methods, refusal)


def _form(
    visit: Visit,
    app: App,
    values: Mapping[str, str],
    chosen: set[str],
    methods: Any,
    refusal: Refused | None = None,
) -> Response:
    return app_page(
        visit,
        app,
        "settings",
        status=400 if refusal else 200,
        values=values,
        boxes=permissions.are_boxes(visit.ctx),
        scopes=permissions.choices(visit.ctx, chosen, personal=app.kind.is_personal),
        methods=methods_view(visit, methods) if app.signs else [],
        lines=checked(lines_of(values["redirect_uris"]), is_oauth1=app.signs),
        wrong=refusal.key if refusal else None,
        error=refusal.reason if refusal else None,
    )
