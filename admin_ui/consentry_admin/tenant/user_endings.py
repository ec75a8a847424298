"""What ends at an administrator's word: a password, sessions, access, an account."""

from starlette.responses import Response

from consentry.interaction.answers import go
from consentry.operations.account import what_ends
from consentry.operations.errors import NotFound
from consentry.operations.operators import made_password
from consentry.operations.user_changes import end_sessions
from consentry.operations.user_consents import consents_of, withdraw_for
from consentry.operations.users import delete_user, disable_user, enable_user, set_password
from consentry_admin.account.views import app_view
from consentry_admin.tenant.door import for_administrator, person_asked_for, user_href
from consentry_admin.tenant.users import USERS, given_password
from consentry_admin.visit import Visit


@for_administrator
async def ask_disable(visit: Visit) -> Response:
    """What stops."""
    return await _asked(visit, "disable_user")


@for_administrator
async def disable(visit: Visit) -> Response:
    """Nothing of theirs counts from now on."""
    user, _ = await person_asked_for(visit), await visit.form()
    await disable_user(visit.ctx, user.username)
    return go(user_href(user), done="disabled")


@for_administrator
async def ask_enable(visit: Visit) -> Response:
    """What begins again."""
    return await _asked(visit, "enable_user")


@for_administrator
async def enable(visit: Visit) -> Response:
    """They may sign in again."""
    user, _ = await person_asked_for(visit), await visit.form()
    await enable_user(visit.ctx, user.username)
    return go(user_href(user), done="enabled")


@for_administrator
async def ask_reset(visit: Visit) -> Response:
    """What the old password ends with."""
    return await _asked(visit, "reset_user")


@for_administrator
async def reset(visit: Visit) -> Response:
    """A new password, shown this once; logins and authorizations end."""
    user, _ = await person_asked_for(visit), await visit.form()
    password = made_password()
    await set_password(visit.ctx, user.username, password)
    return given_password(visit, user, password, done="reset")


@for_administrator
async def ask_sessions(visit: Visit) -> Response:
    """Which sessions end."""
    return await _asked(visit, "end_sessions")


@for_administrator
async def end(visit: Visit) -> Response:
    """All their browsers are signed out."""
    user, _ = await person_asked_for(visit), await visit.form()
    await end_sessions(visit.ctx, user.user_id)
    return go(user_href(user), done="sessions")


@for_administrator
async def ask_delete(visit: Visit) -> Response:
    """What goes with them, in numbers."""
    return await _asked(visit, "delete_user")


@for_administrator
async def delete(visit: Visit) -> Response:
    """Remove them with all that is theirs."""
    user, form = await person_asked_for(visit), await visit.form()
    if (form.get("username") or "").strip() != user.username:
        return await _asked(visit, "delete_user", status=400)
    await delete_user(visit.ctx, user.username)
    return go(USERS, done="deleted")


async def _asked(visit: Visit, template: str, *, status: int = 200) -> Response:
    user = await person_asked_for(visit)
    return visit.page(
        f"tenant/{template}.html",
        status=status,
        person=user,
        href=user_href(user),
        is_me=user.user_id == visit.user.user_id,
        ending=await what_ends(visit.ctx, user.user_id),
        is_wrong=status != 200,
    )


@for_administrator
async def ask_withdraw(visit: Visit) -> Response:
    """What an app loses of theirs."""
    user, client_id = await person_asked_for(visit), visit.parameter("client_id")
    for app in await consents_of(visit.ctx, user.user_id):
        if app.client.client_id == client_id:
            seen = app_view(visit.ctx, app)
            return visit.page("tenant/withdraw.html", person=user, href=user_href(user), app=seen)
    raise NotFound("app", client_id)


@for_administrator
async def withdraw(visit: Visit) -> Response:
    """The app may act for them no more."""
    user, _ = await person_asked_for(visit), await visit.form()
    await withdraw_for(visit.ctx, user.user_id, visit.parameter("client_id"))
    return go(user_href(user), done="withdrawn")
