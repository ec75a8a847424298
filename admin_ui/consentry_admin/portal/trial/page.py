"""The page Try it."""

from starlette.responses import Response

from consentry.interaction.consent import scope_text
from consentry.operations.errors import Refused
from consentry.spec.errors import InvalidRequest
from consentry_admin.portal.door import App, app_page, asked_for, for_developer
from consentry_admin.portal.trial import oauth1, oauth2
from consentry_admin.portal.trial.conversation import Conversation
from consentry_admin.visit import Visit


@for_developer
async def show(visit: Visit) -> Response:
    """What will be done, and the button that does it."""
    return _page(visit, await asked_for(visit))


@for_developer
async def submit(visit: Visit) -> Response:
    """Begin, or go on with a decision."""
    app, form = await asked_for(visit), await visit.form()
    way = oauth1 if app.kind.is_oauth1 else oauth2
    decision = form.get("decision")
    try:
        if decision is None:
            talk = Conversation(visit, app)
            await way.begin(talk)
        else:
            if decision not in ("approve", "deny"):
                raise InvalidRequest("decision must be approve or deny", rule="decision")
            talk = Conversation.open(visit, app, form.get("trial"))
            await way.returned(talk, await talk.decide(decision))
    except Refused as refusal:
        return _page(visit, app, error=str(refusal))
    return _page(visit, app, talk)


def _page(
    visit: Visit, app: App, talk: Conversation | None = None, error: str | None = None
) -> Response:
    ctx = visit.ctx
    return app_page(
        visit,
        app,
        "try",
        status=400 if error else 200,
        can_start=app.kind.is_oauth1 or _is_known(app),
        messages=talk.messages if talk else [],
        trial=talk.seal() if talk and talk.flow else None,
        scopes=[(name, scope_text(ctx, name)) for name in app.client.scope],
        error=error,
    )


def _is_known(app: App) -> bool:
    client = app.client
    return client.allows_grant("authorization_code") or client.allows_grant("client_credentials")
