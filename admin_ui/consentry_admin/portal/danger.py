"""What an app's owner may regret: switching it off, and its end."""

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations.app_figures import ending_of
from consentry.operations.clients import delete_client, disable_client, enable_client
from consentry.spec.forms import Form
from consentry_admin.portal.door import HOME, app_page, asked_for, for_developer
from consentry_admin.question import Act, Show, question
from consentry_admin.visit import Visit


@for_developer
async def show(visit: Visit) -> Response:
    """Disable, enable, delete, each with what it does."""
    return await _asked("danger")(visit, None, 200)


async def _disable(visit: Visit, form: Form) -> Response:
    """It can do nothing from the next request on."""
    app = await asked_for(visit)
    await disable_client(visit.ctx, app.client_id)
    return go(f"{app.href}/danger", done="disabled")


async def _enable(visit: Visit, form: Form) -> Response:
    """It may act again."""
    app = await asked_for(visit)
    await enable_client(visit.ctx, app.client_id)
    return go(f"{app.href}/danger", done="enabled")


async def _delete(visit: Visit, form: Form) -> Response:
    """Remove it with all that hangs on it; nothing brings it back."""
    app = await asked_for(visit)
    await delete_client(visit.ctx, app.client_id)
    return go(HOME, done="deleted")


def _asked(template: str) -> Show:
    """What stops, begins again or ends, in numbers."""

    async def show(visit: Visit, error: str | None, status: int) -> Response:
        app = await asked_for(visit)
        ending = await ending_of(visit.ctx, app.client_id)
        return app_page(visit, app, template, status=status, ending=ending, error=error)

    return show


_ACTS: dict[str, Act] = {"disable": _disable, "enable": _enable, "delete": _delete}
ENDINGS = {
    name: question(for_developer, _asked(name), act, about=asked_for) for name, act in _ACTS.items()
}
"""The pages below an app's own."""
