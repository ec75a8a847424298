"""What ends at an administrator's word: a password, sessions, access, an account."""

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations.account import what_ends
from consentry.operations.errors import NotFound, Refused
from consentry.operations.invitations import invite_user
from consentry.operations.operators import made_password
from consentry.operations.user_changes import end_sessions
from consentry.operations.user_consents import consents_of, withdraw_for
from consentry.operations.users import delete_user, disable_user, enable_user, set_password
from consentry.spec.forms import Form
from consentry_admin.account.views import app_view
from consentry_admin.question import Act, Show, question
from consentry_admin.tenant.door import for_administrator, person_asked_for, user_href
from consentry_admin.tenant.users import USERS, given_password
from consentry_admin.visit import Visit


async def _disable(visit: Visit, form: Form) -> Response:
    """Nothing of theirs counts from now on."""
    user = await person_asked_for(visit)
    href = user_href(user)
    await disable_user(visit.ctx, user.username)
    return go(href, done="disabled")


async def _enable(visit: Visit, form: Form) -> Response:
    """They may sign in again."""
    user = await person_asked_for(visit)
    href = user_href(user)
    await enable_user(visit.ctx, user.username)
    return go(href, done="enabled")


async def _reset(visit: Visit, form: Form) -> Response:
    """A new password, shown this once; logins and authorizations end."""
    user, password = await person_asked_for(visit), made_password()
    await set_password(visit.ctx, user.username, password)
    return given_password(visit, user, password, done="reset")


async def _invite(visit: Visit, form: Form) -> Response:
    """A link to set a password is on its way."""
    user = await person_asked_for(visit)
    await invite_user(visit.ctx, user.user_id)
    return go(user_href(user), done="invited")


async def _end_sessions(visit: Visit, form: Form) -> Response:
    """All their browsers are signed out."""
    user = await person_asked_for(visit)
    await end_sessions(visit.ctx, user.user_id)
    return go(user_href(user), done="sessions")


async def _delete(visit: Visit, form: Form) -> Response:
    """Remove them with all that is theirs, if their name was typed."""
    user = await person_asked_for(visit)
    if (form.get("username") or "").strip() != user.username:
        raise Refused("username", "That is another name.")
    await delete_user(visit.ctx, user.username)
    return go(USERS, done="deleted")


async def _withdraw(visit: Visit, form: Form) -> Response:
    """The app may act for them no more."""
    user = await person_asked_for(visit)
    await withdraw_for(visit.ctx, user.user_id, visit.parameter("client_id"))
    return go(user_href(user), done="withdrawn")


async def _asked_about_app(visit: Visit, error: str | None, status: int) -> Response:
    """What an app loses of theirs."""
    user, client_id = await person_asked_for(visit), visit.parameter("client_id")
    for app in await consents_of(visit.ctx, user.user_id):
        if app.client.client_id == client_id:
            seen = app_view(visit.ctx, app)
            return visit.page(
                "tenant/withdraw.html", status=status, person=user, href=user_href(user), app=seen
            )
    raise NotFound("app", client_id)


def _asked(template: str) -> Show:
    """What ends with it, in numbers."""

    async def show(visit: Visit, error: str | None, status: int) -> Response:
        user = await person_asked_for(visit)
        return visit.page(
            f"tenant/{template}.html",
            status=status,
            person=user,
            href=user_href(user),
            is_me=user.user_id == visit.user.user_id,
            ending=await what_ends(visit.ctx, user.user_id),
            error=error,
        )

    return show


_QUESTIONS: dict[str, tuple[Show, Act]] = {
    "disable": (_asked("disable_user"), _disable),
    "enable": (_asked("enable_user"), _enable),
    "reset": (_asked("reset_user"), _reset),
    "invite": (_asked("invite_user"), _invite),
    "end-sessions": (_asked("end_sessions"), _end_sessions),
    "delete": (_asked("delete_user"), _delete),
    "apps/{client_id}/withdraw": (_asked_about_app, _withdraw),
}
ENDINGS = {name: question(for_administrator, *one) for name, one in _QUESTIONS.items()}
"""The pages below a person's own."""
