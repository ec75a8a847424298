"""Who else may manage an app."""

from collections.abc import Mapping

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations.errors import NotFound, Refused
from consentry.operations.members import (
    MEMBER,
    AppPerson,
    people_of,
    remove_member,
    set_member,
)
from consentry_admin.portal.door import HOME, App, app_page, asked_for, for_developer
from consentry_admin.visit import Visit


@for_developer
async def show(visit: Visit) -> Response:
    """Owners and members."""
    return await _page(visit, await asked_for(visit))


@for_developer
async def submit(visit: Visit) -> Response:
    """Let somebody in, or change what they are."""
    app, form = await asked_for(visit), await visit.form()
    identifier = (form.get("identifier") or "").strip()
    try:
        await set_member(visit.ctx, app.client_id, identifier, form.get("role") or MEMBER)
    except Refused as refusal:
        return await _page(visit, app, form, refusal)
    return go(f"{app.href}/people", done="person")


async def _page(
    visit: Visit,
    app: App,
    form: Mapping[str, str] | None = None,
    refusal: Refused | None = None,
) -> Response:
    return app_page(
        visit,
        app,
        "people",
        status=400 if refusal else 200,
        people=await people_of(visit.ctx, app.client_id),
        my_id=visit.user.user_id,
        values=form or {},
        wrong=refusal.key if refusal else None,
        error=refusal.reason if refusal else None,
    )


@for_developer
async def ask(visit: Visit) -> Response:
    """Who it is, before they are let go."""
    app = await asked_for(visit)
    return app_page(visit, app, "remove_person", person=await _named(visit, app))


@for_developer
async def remove(visit: Visit) -> Response:
    """They manage the app no more. Who leaves themselves is back at their own apps."""
    app, _ = await asked_for(visit), await visit.form()
    person = await _named(visit, app)
    try:
        await remove_member(visit.ctx, app.client_id, person.user.user_id)
    except Refused as refusal:
        return await _page(visit, app, None, refusal)
    if person.user.user_id == visit.user.user_id:
        return go(HOME, done="left")
    return go(f"{app.href}/people", done="removed")


async def _named(visit: Visit, app: App) -> AppPerson:
    """Who the address names. Raises NotFound."""
    text = visit.parameter("user_id")
    for person in await people_of(visit.ctx, app.client_id):
        if text == str(person.user.user_id):
            return person
    raise NotFound("user", text)
